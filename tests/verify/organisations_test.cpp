// What verify says about documents of an organisation's customers that were damaged.
#include "app/customer/organisations.hpp"

#include "app/verify/verify.hpp"
#include "store/sqlite/sqlite_database.hpp"
#include "support/folder_installation.hpp"

namespace organisation_verify_tests {

using namespace installation_support;

void join(Installation& made, CustomerId const& child, CustomerId const& organisation,
          OrganisationInvoicing mode) {
  made.unit([&](UnitOfWork& work) -> Result<Customer> {
    TB_TRY(customer, find_customer(work, child));
    customer.organisation_id = organisation;
    customer.organisation_invoicing = mode;
    return update_customer(work, customer);
  });
}

// January is invoiced, February waits.
void fill(Installation& made) {
  auto const group = made.customer("group");
  auto const one = made.customer("one");
  auto const two = made.customer("two");
  join(made, one, group, OrganisationInvoicing::every_invoice);
  join(made, two, group, OrganisationInvoicing::concat);
  made.unit([&](UnitOfWork& work) {
    OrganisationChanges changes;
    changes.next_invoice_at = at("2026-01-15T00:00:00Z");
    return update_organisation(work, group, changes);
  });
  auto const calls = made.aggregator("calls", AggregatorOperation::count);
  auto const usage = made.product(ProductType::dynamic, "Calls", PriceType::volume,
                                  {tier(Exact(0), {}, Exact(7))}, calls);
  auto const fee =
      made.product(ProductType::flat_fee, "Platform", PriceType::fee, {tier({}, {}, Exact(9999))});
  for (auto const& child : {one, two}) {
    made.subscribe(child, {fee, usage}, "2026-01-01T00:00:00Z");
    made.event(child, "calls", "of " + child.value, at("2026-01-05T10:00:00Z"), "");
  }
  made.advance("2026-02-10T00:00:00Z");
}

struct Damage {
  char const* sql;
  char const* finding;
};

Damage const damages[] = {
    {"UPDATE invoices SET parent_invoice_id = 'inv_none' WHERE status = 'charged_on_parent'",
     "the organisation's invoice is missing"},
    {"UPDATE invoices SET total_amount = total_amount + 1 WHERE status = 'charged_on_parent'",
     "what its organisation is charged is"},
    {"UPDATE invoice_lines SET amount_excluding_tax = amount_excluding_tax + 1 WHERE "
     "child_invoice_id IS NOT NULL",
     "the net of its line on the organisation's invoice is"},
    {"UPDATE invoice_lines SET child_invoice_id = (SELECT id FROM invoices WHERE status = "
     "'pending_parent_concat') WHERE child_invoice_id IS NOT NULL",
     "waits for its organisation and is on an invoice of it"},
    {"UPDATE invoices SET parent_invoice_id = (SELECT MIN(i.id) FROM invoices i WHERE i.number IS "
     "NOT NULL AND i.id <> invoices.parent_invoice_id) WHERE id = (SELECT child_invoice_id FROM "
     "invoice_lines WHERE child_invoice_id IS NOT NULL)",
     "is charged on other invoices than its organisation's"},
    {"UPDATE customers SET organisation_id = NULL, organisation_invoicing = NULL",
     "its customer belongs to none"},
    {"UPDATE subscriptions SET customer_id = (SELECT id FROM customers WHERE name = 'Company "
     "group')",
     "usage_quantity is 1, expected 0"},
};

std::string joined(VerifyReport const& report) {
  std::string text;
  for (auto const& finding : report.findings) text += finding + "\n";
  return text;
}

TEST(VerifyOrganisations, FindsEveryDamage) {
  TemporaryFolder folder;
  Installation made(folder.sub("data"), at("2026-01-01T00:00:00Z"));
  fill(made);
  auto const sound = verify(made.node.database(), made.node.events());
  EXPECT_EQ(joined(sound), "");
  EXPECT_EQ(sound.usage_lines, 2);
  int number = 0;
  for (auto const& damage : damages) {
    SCOPED_TRACE(damage.sql);
    std::string const file = folder.sub("damaged" + std::to_string(number++) + ".db");
    made.node.database().backup_to(file);
    auto copy = open_sqlite(file, 1);
    copy->write([&](SqlSession& sql) {
      EXPECT_GT(sql.execute(damage.sql), 0) << "the damage did nothing";
      return true;
    });
    auto const report = verify(*copy, made.node.events());
    EXPECT_NE(joined(report).find(damage.finding), std::string::npos)
        << "expected \"" << damage.finding << "\" in:\n"
        << joined(report);
  }
}

}  // namespace organisation_verify_tests
