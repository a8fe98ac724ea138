// What belongs to one parent is found by the parent, and not by reading all rows of an account:
// SQLite knows nothing of how many there are, and prefers two columns that match to one.
#include "store/sql/migrations.hpp"
#include "support/installation.hpp"

namespace tallybook {

TEST(Plans, ChildrenAreFoundByTheirParent) {
  testing::TempFolder const folder;
  auto database = testing::fresh_database(Dialect::sqlite, folder);
  migrate(*database, {0});
  struct Lookup {
    char const* table;
    char const* column;
    char const* rest;
  };
  std::vector<Lookup> const lookups = {
      {"subscription_lines", "subscription_id", ""},
      {"subscription_lines", "subscription_id", "ORDER BY position, id"},
      {"subscription_lines", "subscription_id", "AND product_id = 'p' ORDER BY replaced_at"},
      {"subscription_lines", "product_id", ""},
      {"subscription_phases", "subscription_id", "ORDER BY position"},
      {"subscription_coupons", "subscription_id", "ORDER BY position, id"},
      {"subscription_coupons", "subscription_id", "AND repeat = 'once' ORDER BY id"},
      {"subscription_updates", "subscription_id", "ORDER BY created_at, id"},
      {"subscription_transitions", "source_subscription_id", "AND status = 'scheduled'"},
      {"subscriptions", "base_subscription_id", "ORDER BY created_at, id"},
      {"subscriptions", "customer_id", "ORDER BY created_at, id"},
      {"pending_charges", "subscription_id", "ORDER BY created_at, id"},
      {"invoices", "subscription_id", "AND number IS NULL ORDER BY created_at, id"},
      {"invoices", "customer_id", "AND number IS NULL ORDER BY created_at, id"},
      {"invoices", "original_invoice_id", "AND number IS NOT NULL ORDER BY created_at, id"},
      {"invoices", "parent_invoice_id", "ORDER BY created_at, id"},
      {"invoice_lines", "invoice_id", "ORDER BY position"},
      {"invoice_lines", "subscription_line_id", "ORDER BY period_start_on, id"},
      {"invoice_lines", "original_line_item_id", "AND entry_type = 'credit'"},
      {"transactions", "invoice_id", "ORDER BY created_at, id"},
      {"transactions", "customer_id", "ORDER BY created_at, id"},
      {"transactions", "original_transaction_id", "ORDER BY created_at, id"},
      {"transactions", "payment_method_id", "AND status = 'scheduled'"},
      {"credit_grants", "credit_id", "ORDER BY created_at, id"},
      {"credit_uses", "credit_id", "ORDER BY position, id"},
  };
  database->read([&](SqlSession& sql) {
    for (auto const& [table, column, rest] : lookups) {
      std::string const statement = std::string("SELECT * FROM ") + table +
                                    " WHERE account_id = 'a' AND mode = 'test' AND " + column +
                                    " = 'x' " + rest;
      std::string plan;
      sql.query("EXPLAIN QUERY PLAN " + statement, {},
                [&](SqlRow const& row) { plan += std::string(row.text(3)) + "\n"; });
      EXPECT_NE(plan.find(std::string(column) + "=?"), std::string::npos) << statement << "\n"
                                                                          << plan;
    }
  });
}

}  // namespace tallybook
