#include "app/usage/customer_directory.hpp"

#include "app/customer/customers.hpp"

namespace tallybook {
namespace directory_detail {

// What this session sees, as one text. On PostgreSQL numbers are given before transactions commit,
// so the newest visible outbox row may stay the same while an older one appears: there the snapshot
// itself is the version.
std::string version(SqlSession& sql) {
  if (sql.dialect() == Dialect::sqlite)
    return std::to_string(sql.number("SELECT MAX(sequence) FROM outbox"));
  std::string text;
  sql.query("SELECT CAST(pg_current_snapshot() AS TEXT)", {},
            [&](SqlRow const& row) { text = row.text(0); });
  return text;
}

}  // namespace directory_detail

void CustomerDirectory::resolve(SqlSession& sql, Tenant const& tenant,
                                std::vector<std::string> const& references,
                                std::vector<std::string>& ids) {
  constexpr std::size_t most = 500'000;
  std::string const version = directory_detail::version(sql);
  std::string const key = tenant.account_id + "/" + std::string(mode_text(tenant.mode));
  std::lock_guard const lock(mutex_);
  auto& known = tenants_[key];
  // An older snapshot may not overwrite what a newer one has learnt; it only must not trust it.
  if (known.version != version || known.ids.size() > most) {
    known.ids.clear();
    known.version = version;
  }
  ids.resize(references.size());
  for (std::size_t i = 0; i < references.size(); ++i) {
    auto const found = known.ids.find(references[i]);
    if (found != known.ids.end()) {
      ids[i] = found->second;
      continue;
    }
    auto const customer = find_customer_by_reference(sql, tenant, references[i]);
    ids[i] = customer ? customer->id.value : "";
    if (customer) known.ids.emplace(references[i], customer->id.value);
  }
}

}  // namespace tallybook
