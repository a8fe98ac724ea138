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
  } catch (StoreUnavailable const& problem) {
    check.found(std::string(what) + ": the database cannot be read: " + problem.what());
  }
}

// Rows of nobody would be seen by no part; and SQLite knows whether its file is whole.
void check_file(SqlSession& sql, VerifyReport& report) {
  for (char const* table :
       {"invoices", "invoice_lines", "transactions", "transaction_allocations", "ledger_entries",
        "customers", "subscriptions", "wallets", "wallet_transactions"}) {
    sql.query(std::string("SELECT t.id, t.account_id, t.mode FROM ") + table +
                  " t LEFT JOIN accounts a ON a.id = t.account_id WHERE a.id IS NULL OR t.mode NOT "
                  "IN ('test', 'live')",
              {}, [&](SqlRow const& row) {
                report.findings.push_back(std::string(table) + " " + std::string(row.text(0)) +
                                          ": belongs to no account and mode (" +
                                          std::string(row.text(1)) + ", " +
                                          std::string(row.text(2)) + ")");
              });
  }
  if (sql.dialect() != Dialect::sqlite) return;
  sql.query("PRAGMA integrity_check", {}, [&](SqlRow const& row) {
    if (row.text(0) != "ok")
      report.findings.push_back("database file: " + std::string(row.text(0)));
  });
}

}  // namespace verify_detail

VerifyReport verify(SqlDatabase& database, EventStore& events, ProviderBooks const* books) {
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
        guarded(check, "coupons", check_coupons);
        guarded(check, "ledger", check_ledger);
        guarded(check, "chain", check_chain);
        guarded(check, "credits", check_credits);
        guarded(check, "payments", [&](Check const& each) { check_payment_intents(each, books); });
        guarded(check, "wallets", check_wallets);
      }
    }
    check_file(sql, report);
    std::int64_t const lost = sql.number(
        "SELECT COUNT(*) FROM ledger_postings p LEFT JOIN ledger_entries e ON e.id = p.entry_id "
        "WHERE e.id IS NULL");
    if (lost > 0)
      report.findings.push_back("ledger: " + std::to_string(lost) + " postings belong to no entry");
  });
  return report;
}

}  // namespace tallybook
