// What lines sum to, what a negative document becomes, how far it is settled, and where it is
// posted.
#include <gtest/gtest.h>

#include "domain/invoice/invoice.hpp"
#include "domain/ledger/ledger.hpp"

namespace tallybook {
namespace invoice_rules_test {

InvoiceLine line(Exact amount, std::int64_t discount = 0) {
  InvoiceLine out;
  out.exact_amount = std::move(amount);
  out.discount_amount = discount;
  out.tax_rate = 20;
  return out;
}

Invoice in_euro() {
  Invoice invoice;
  invoice.currency = "EUR";
  return invoice;
}

TEST(InvoiceTotals, ALineIsRoundedOnceAndTaxedAfterItsDiscount) {
  auto invoice = in_euro();
  std::vector<InvoiceLine> lines = {line(Exact::fraction(10001, 2)), line(10000, 2500)};
  compute_totals(invoice, lines);
  EXPECT_EQ(lines[0].amount_excluding_tax, 5001);
  EXPECT_EQ(lines[1].amount_excluding_tax, 7500);
  EXPECT_EQ(invoice.amount_excluding_tax, 12501);
  EXPECT_EQ(invoice.discount_amount, 2500);
  EXPECT_EQ(invoice.tax_amount, 2500);
  EXPECT_EQ(invoice.total_amount, 15001);
  EXPECT_EQ(invoice.amount_due, 15001);
}

TEST(InvoiceTotals, OneCentBelowZeroIsACreditNote) {
  auto invoice = in_euro();
  std::vector<InvoiceLine> lines = {line(-1)};
  lines[0].tax_rate = 0;
  compute_totals(invoice, lines);
  negative_becomes_credit_note(invoice, lines);
  EXPECT_EQ(invoice.type, InvoiceType::credit_note);
  EXPECT_EQ(invoice.total_amount, 1);
  EXPECT_EQ(lines[0].entry_type, EntryType::credit);
  auto nothing = in_euro();
  std::vector<InvoiceLine> free = {line(0)};
  compute_totals(nothing, free);
  negative_becomes_credit_note(nothing, free);
  EXPECT_EQ(nothing.type, InvoiceType::invoice);
}

TEST(InvoiceSettlement, EveryCentPaidCounts) {
  auto invoice = in_euro();
  invoice.total_amount = 100;
  invoice.status = InvoiceStatus::to_pay;
  update_settlement(invoice, Instant{1});
  EXPECT_EQ(invoice.status, InvoiceStatus::to_pay);
  invoice.amount_paid = 1;
  update_settlement(invoice, Instant{2});
  EXPECT_EQ(invoice.status, InvoiceStatus::partially_paid);
  invoice.amount_paid = 100;
  update_settlement(invoice, Instant{3});
  EXPECT_EQ(invoice.status, InvoiceStatus::paid);
  EXPECT_EQ(invoice.settled_at, Instant{3});
}

TEST(Postings, AnInvoiceIsOwedEarnedAndTaxed) {
  auto invoice = in_euro();
  invoice.amount_excluding_tax = 10000;
  invoice.tax_amount = 2000;
  invoice.total_amount = 12000;
  auto const postings = postings_of_issue(invoice);
  ASSERT_EQ(postings.size(), 3u);
  std::int64_t debit = 0;
  for (auto const& posting : postings) debit += posting.amount > 0 ? posting.amount : 0;
  EXPECT_EQ(debit, 12000);
  EXPECT_TRUE(is_balanced(postings));
}

}  // namespace invoice_rules_test
}  // namespace tallybook
