#include "store/events/duckdb/dictionary.hpp"

#include <mutex>

#include "base/unavailable.hpp"

namespace tallybook::duckdb_detail {

void Dictionary::make_key(Tenant const& tenant, std::string_view name, std::string& key) {
  // The account's length in front keeps two different pairs from spelling the same key.
  key.clear();
  key += tenant.mode == Mode::live ? 'l' : 't';
  key += std::to_string(tenant.account_id.size());
  key += ':';
  key += tenant.account_id;
  key += name;
}

Code Dictionary::Additions::code(Tenant const& tenant, std::string const& name) {
  std::string key;
  make_key(tenant, name, key);
  if (key == last_key_) return last_code_;
  Code found = 0;
  if (auto known = known_.codes_.find(key); known != known_.codes_.end()) {
    found = known->second;
  } else {
    auto const next = static_cast<Code>(known_.entries_.size() + entries_.size());
    auto const [at, added] = codes_.emplace(key, next);
    if (added) entries_.push_back({tenant, name});
    found = at->second;
  }
  last_key_ = std::move(key);
  last_code_ = found;
  return found;
}

void Dictionary::load(Connection& connection) {
  std::unique_lock lock(mutex_);
  codes_.clear();
  entries_.clear();
  Rows rows = connection.query("SELECT id, account, mode, name FROM " + std::string(table_) +
                               " ORDER BY id");
  std::string key;
  while (rows.next()) {
    if (rows.whole(0) != static_cast<std::int64_t>(entries_.size()))
      throw StoreUnavailable("usage events: the table " + std::string(table_) +
                             " has a gap; restore a backup");
    Entry entry{{std::string(rows.text(1)), rows.whole(2) == 1 ? Mode::live : Mode::test},
                std::string(rows.text(3))};
    make_key(entry.tenant, entry.name, key);
    codes_.emplace(key, static_cast<Code>(entries_.size()));
    entries_.push_back(std::move(entry));
  }
}

void Dictionary::write(Additions const& additions, Connection& connection) const {
  if (additions.entries_.empty()) return;
  TableAppender appender(connection, table_,
                         {Column::whole32, Column::text, Column::whole32, Column::text});
  std::int64_t id = static_cast<std::int64_t>(entries_.size());
  for (auto const& entry : additions.entries_) {
    appender.whole(id++);
    appender.text(entry.tenant.account_id);
    appender.whole(entry.tenant.mode == Mode::live ? 1 : 0);
    appender.text(entry.name);
    appender.end_row();
  }
  appender.finish();
}

void Dictionary::publish(Additions&& additions) {
  if (additions.entries_.empty()) return;
  std::unique_lock lock(mutex_);
  for (auto& entry : additions.entries_) entries_.push_back(std::move(entry));
  codes_.merge(additions.codes_);
}

std::optional<Code> Dictionary::find(Tenant const& tenant, std::string const& name) const {
  std::string key;
  make_key(tenant, name, key);
  std::shared_lock lock(mutex_);
  auto at = codes_.find(key);
  if (at == codes_.end()) return std::nullopt;
  return at->second;
}

std::string Dictionary::name(Code code) const {
  std::shared_lock lock(mutex_);
  return entries_.at(code).name;
}

std::vector<Code> Dictionary::codes(Tenant const& tenant) const {
  std::shared_lock lock(mutex_);
  std::vector<Code> found;
  for (Code code = 0; code < entries_.size(); ++code)
    if (entries_[code].tenant == tenant) found.push_back(code);
  return found;
}

}  // namespace tallybook::duckdb_detail
