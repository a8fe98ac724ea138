#include "app/verify/verify.hpp"

#include "app/verify/checks.hpp"
#include "base/assert.hpp"

namespace tallybook {
namespace verify_detail {

// A record that cannot even be read ends its part of the check, not the others.
template <class Part>
void guarded(Check const& check, char const* what, Part const& part) {
  try {
    part(check);
  } catch (BrokenInvariant const& problem) {
    check.found(std::string(what) + ": a record cannot be read: " + problem.what());
  }
}

}  // namespace verify_detail

VerifyReport verify(SqlDatabase& database, EventStore& events) {
  using namespace verify_detail;
  VerifyReport report;
  database.read([&](SqlSession& sql) {
    report = {};
    std::vector<std::string> accounts;
    sql.query("SELECT id FROM accounts ORDER BY created_at, id", {},
              [&](SqlRow const& row) { accounts.emplace_back(row.text(0)); });
    for (auto const& account : accounts) {
      for (Mode const mode : {Mode::test, Mode::live}) {
        Check const check{sql, events, {account, mode}, report};
        guarded(check, "invoices", check_invoices);
        guarded(check, "numbers", check_numbers);
        guarded(check, "outbox", check_outbox);
        guarded(check, "charges", check_charges);
        guarded(check, "subscriptions", check_subscriptions);
        guarded(check, "ledger", check_ledger);
        guarded(check, "credits", check_credits);
      }
    }
    std::int64_t const lost = sql.number(
        "SELECT COUNT(*) FROM ledger_postings p LEFT JOIN ledger_entries e ON e.id = p.entry_id "
        "WHERE e.id IS NULL");
    if (lost > 0)
      report.findings.push_back("ledger: " + std::to_string(lost) + " postings belong to no entry");
  });
  return report;
}

}  // namespace tallybook
