// Which versions are superseded. The writer marks a version as suspect when the filter may have
// seen its key; the first read that needs them looks the keys up in one scan, compares the ids
// themselves, and moves suspects into `superseded` in one transaction: dying anywhere leaves either
// the suspects or their answer, and the same answer is computed again.
#include <fmt/format.h>

#include <algorithm>

#include "store/events/duckdb/core.hpp"

namespace tallybook::duckdb_detail {

void Unresolved::note(Code stream, std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  auto [at, added] = waiting_.try_emplace(stream, Span{sequence, sequence});
  if (!added) at->second.last = sequence;
}

bool Unresolved::waits(std::vector<Code> const& streams, std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  for (Code stream : streams)
    if (auto at = waiting_.find(stream); at != waiting_.end() && at->second.first <= sequence)
      return true;
  return false;
}

void Unresolved::resolved(std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (at->second.first <= sequence) superseded_.insert(at->first);
    if (at->second.last <= sequence) {
      at = waiting_.erase(at);
    } else {
      at->second.first = std::max(at->second.first, sequence + 1);
      ++at;
    }
  }
}

void Unresolved::has_superseded(Code stream) {
  std::lock_guard lock(mutex_);
  superseded_.insert(stream);
}

bool Unresolved::any_superseded(std::vector<Code> const& streams) {
  std::lock_guard lock(mutex_);
  for (Code stream : streams)
    if (superseded_.contains(stream)) return true;
  return false;
}

void NewestOfTenants::note(Tenant const& tenant, std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  auto& newest = newest_[{tenant.account_id, tenant.mode}];
  newest = std::max(newest, sequence);
}

std::uint64_t NewestOfTenants::of(Tenant const& tenant) {
  std::lock_guard lock(mutex_);
  auto const found = newest_.find({tenant.account_id, tenant.mode});
  return found == newest_.end() ? before_ : found->second;
}

void Core::resolve(std::vector<Code> const& wanted, std::uint64_t sequence) {
  if (!unresolved.waits(wanted, sequence)) return;
  std::lock_guard lock(resolving);
  if (!unresolved.waits(wanted, sequence)) return;
  std::uint64_t const until = durable.load();
  auto connection = engine.lease();
  Transaction transaction(*connection);
  // lead() names the next version of each id; it is a new fact when that version is a suspect.
  connection->run(fmt::format(
      "INSERT INTO superseded SELECT stream, customer, ts, sequence, following FROM ("
      " SELECT stream, customer, ts, sequence,"
      "  lead(sequence) OVER (PARTITION BY stream, record_id ORDER BY sequence) AS following"
      " FROM events WHERE sequence <= {0}"
      "  AND key_hash IN (SELECT key_hash FROM suspects WHERE sequence <= {0})) v"
      " WHERE following IN (SELECT sequence FROM suspects WHERE sequence <= {0})",
      until));
  connection->run(fmt::format("DELETE FROM suspects WHERE sequence <= {}", until));
  transaction.commit();
  unresolved.resolved(until);
}

std::string join_codes(std::vector<Code> const& codes) {
  return fmt::format("{}", fmt::join(codes, ","));
}

std::string LiveVersions::sql() const {
  auto bounds = [this](std::string const& alias) {
    std::string all = streams.size() == 1
                          ? fmt::format("{}.stream = {}", alias, streams.front())
                          : fmt::format("{}.stream IN ({})", alias, join_codes(streams));
    if (customers.size() == 1)
      all += fmt::format(" AND {}.customer = {}", alias, customers.front());
    if (customers.size() > 1)
      all += fmt::format(" AND {}.customer IN ({})", alias, join_codes(customers));
    if (from_ms) all += fmt::format(" AND {}.ts >= {}", alias, *from_ms);
    if (before_ms) all += fmt::format(" AND {}.ts < {}", alias, *before_ms);
    return all;
  };
  std::string text = " FROM events e";
  if (superseded)
    text += fmt::format(
        " ANTI JOIN (SELECT s.old_sequence FROM superseded s WHERE {} AND s.by_sequence <= {}) g"
        " ON e.sequence = g.old_sequence",
        bounds("s"), as_of);
  return text + fmt::format(" WHERE {} AND e.sequence <= {} AND NOT e.deleted", bounds("e"), as_of);
}

}  // namespace tallybook::duckdb_detail
