// verify() is only worth something when each of its checks can fail: a small installation is
// damaged in one place at a time.
#include "app/verify/verify.hpp"

#include "app/payment/payments.hpp"
#include "app/wallet/loading.hpp"
#include "store/sqlite/sqlite_database.hpp"
#include "support/folder_installation.hpp"

namespace verify_tests {

using namespace installation_support;

struct Damage {
  char const* name;
  char const* sql;
  char const* finding;  // a part of what must be reported
};

constexpr char const* one_invoice =
    "(SELECT id FROM invoices WHERE type = 'invoice' AND number IS NOT NULL AND revenue_kind = "
    "'revenue' ORDER BY sequence_number LIMIT 1)";

std::string with_invoice(std::string sql) {
  for (std::size_t at = sql.find("{invoice}"); at != std::string::npos; at = sql.find("{invoice}"))
    sql.replace(at, 9, one_invoice);
  return sql;
}

Damage const damages[] = {
    {"CouponTookMoreThanItHad",
     "INSERT INTO coupon_carry_overs (account_id, mode, id, subscription_id, "
     "subscription_coupon_id, invoice_id, position, granted, taken, created_at, updated_at) SELECT "
     "account_id, mode, 'cco_1', 'sub_1', 'coos_1', id, 0, 10, 12, 0, 0 FROM invoices WHERE id = "
     "{invoice}",
     "coupon coos_1: took 2 more than it was granted"},
    {"CouponTookWhatNoDocumentSays",
     "INSERT INTO coupon_carry_overs (account_id, mode, id, subscription_id, "
     "subscription_coupon_id, invoice_id, position, granted, taken, created_at, updated_at) SELECT "
     "account_id, mode, 'cco_1', 'sub_1', 'coos_1', id, 0, 10, 7, 0, 0 FROM invoices WHERE id = "
     "{invoice}",
     "taken is 7, expected 0"},
    {"LineAmount",
     "UPDATE invoice_lines SET amount_excluding_tax = amount_excluding_tax + 1 WHERE invoice_id = "
     "{invoice}",
     "amount_excluding_tax is"},
    {"LineTax",
     "UPDATE invoice_lines SET tax_amount = tax_amount + 1, amount = amount + 1 WHERE invoice_id = "
     "{invoice} AND position = 0",
     "tax_amount is"},
    {"ExactAmount",
     "UPDATE invoice_lines SET exact_amount = '12345' WHERE invoice_id = {invoice} AND position = "
     "0",
     "amount_excluding_tax is"},
    {"TaxRate",
     "UPDATE invoice_lines SET tax_rate = '19' WHERE invoice_id = {invoice} AND position = 0",
     "tax_amount is"},
    {"UnreadableNumber",
     "UPDATE invoice_lines SET exact_amount = 'much' WHERE invoice_id = {invoice} AND position = 0",
     "cannot be computed"},
    {"LinePosition",
     "UPDATE invoice_lines SET position = 7 WHERE invoice_id = {invoice} AND position = 0",
     "position is 7"},
    {"LineGone", "DELETE FROM invoice_lines WHERE invoice_id = {invoice}", "has no lines"},
    {"LineWithoutInvoice",
     "UPDATE invoice_lines SET invoice_id = 'inv_nowhere' WHERE invoice_id = {invoice} AND "
     "position = 0",
     "belong to no invoice"},
    {"Total", "UPDATE invoices SET total_amount = total_amount + 100 WHERE id = {invoice}",
     "total_amount is"},
    {"InvoiceTax", "UPDATE invoices SET tax_amount = tax_amount - 1 WHERE id = {invoice}",
     "tax_amount is"},
    {"FixedAmount", "UPDATE invoices SET amount_fixed = amount_fixed + 1 WHERE id = {invoice}",
     "amount_fixed is"},
    {"Paid", "UPDATE invoices SET amount_paid = amount_paid - 1 WHERE id = {invoice}",
     "amount_paid is"},
    {"Due", "UPDATE invoices SET amount_due = amount_due + 5 WHERE id = {invoice}",
     "amount_due is"},
    {"Status", "UPDATE invoices SET status = 'to_pay' WHERE id = {invoice}",
     "its payments make it"},
    {"SettledAt", "UPDATE invoices SET settled_at = NULL WHERE status = 'paid'",
     "settled_at does not fit"},
    {"IssuedWithoutNumber",
     "UPDATE invoices SET number = NULL, sequence_number = NULL WHERE id = {invoice}",
     "without a number"},
    {"NumberGap", "UPDATE invoices SET sequence_number = sequence_number + 50 WHERE id = {invoice}",
     "are missing"},
    {"NextNumber",
     "UPDATE number_sequences SET next_number = next_number + 1 WHERE kind = 'invoice'",
     "the next one is"},
    {"NumberText", "UPDATE invoices SET number = 'INV-none' WHERE id = {invoice}",
     "its sequence number is"},
    {"InvoiceEntryGone", "DELETE FROM ledger_entries WHERE source_id = {invoice}",
     "has 0 ledger entries"},
    {"EntryTwice",
     "INSERT INTO ledger_entries (account_id, mode, id, kind, invoicing_entity_id, customer_id, "
     "currency, source_id, posted_at) SELECT account_id, mode, 'led_second', 'credit_note_issued', "
     "invoicing_entity_id, customer_id, currency, source_id, posted_at FROM ledger_entries WHERE "
     "source_id = {invoice}",
     "has 2 ledger entries"},
    {"EntryKind",
     "UPDATE ledger_entries SET kind = 'credit_note_issued' WHERE source_id = {invoice}",
     "has another kind"},
    {"PaymentEntryGone", "DELETE FROM ledger_entries WHERE kind = 'payment_settled'",
     "has 0 ledger entries"},
    {"EntrySource",
     "UPDATE ledger_entries SET source_id = 'tra_nowhere' WHERE id = (SELECT MIN(id) FROM "
     "ledger_entries WHERE kind = 'payment_settled')",
     "its source tra_nowhere is missing"},
    {"Posting",
     "UPDATE ledger_postings SET amount = amount + 1 WHERE position = 0 AND entry_id = (SELECT id "
     "FROM ledger_entries WHERE source_id = {invoice})",
     "expected 0"},
    {"PostingsMoved",
     "UPDATE ledger_postings SET ledger_account = 'cash_clearing' WHERE ledger_account = "
     "'receivable'",
     "other postings than the rules give"},
    {"Receivable",
     "UPDATE ledger_postings SET ledger_account = 'cash_clearing' WHERE ledger_account = "
     "'receivable'",
     "receivable is"},
    {"PostingWithoutEntry",
     "INSERT INTO ledger_postings (entry_id, position, ledger_account, amount) VALUES "
     "('led_nowhere', 0, 'revenue', 1)",
     "belong to no entry"},
    {"PaymentAmount", "UPDATE transactions SET amount = amount + 1 WHERE type <> 'refund'",
     "amount_paid is"},
    {"PaymentCurrency", "UPDATE transactions SET currency = 'USD' WHERE type <> 'refund'",
     "no invoice of their currency"},
    {"RefundGone", "DELETE FROM transactions WHERE type = 'refund'", "amount_paid is"},
    {"ChargeGone",
     "DELETE FROM charges WHERE invoice_line_id IN (SELECT id FROM invoice_lines WHERE invoice_id "
     "= {invoice})",
     "has no charge row"},
    {"ChargeOfNothing",
     "UPDATE charges SET invoice_line_id = 'ili_nowhere' WHERE invoice_line_id IN (SELECT id FROM "
     "invoice_lines WHERE invoice_id = {invoice})",
     "invoice line ili_nowhere is missing"},
    {"ChargedTwice",
     "UPDATE invoice_lines SET period_start_on = (SELECT MIN(b.period_start_on) FROM invoice_lines "
     "b WHERE b.subscription_line_id = invoice_lines.subscription_line_id) WHERE entry_type = "
     "'debit' AND "
     "subscription_line_id IS NOT NULL",
     "is charged"},
    {"NextDue", "UPDATE subscriptions SET next_due_at = next_due_at + 1000 WHERE status = 'active'",
     "next_due_at is"},
    {"NeverDue", "UPDATE subscriptions SET next_due_at = NULL WHERE status = 'active'",
     "next_due_at is none"},
    {"Balance", "UPDATE customer_credits SET current_balance = '1'", "current_balance is 1"},
    {"Overage", "UPDATE customer_credits SET overage = '3'", "overage is 3"},
    {"RunningBalance", "UPDATE credit_transactions SET balance_after = '77' WHERE position = 0",
     "balance_after is 77"},
    {"CreditTransactionGone", "DELETE FROM credit_transactions WHERE position = 0",
     "its transaction is missing"},
    {"UseOfAGrant", "UPDATE credit_uses SET count = '1' WHERE grant_id IS NOT NULL",
     "used or expired is"},
    {"UsesOfAMovement", "UPDATE credit_uses SET count = '1000'", "its uses are 1000"},
    {"GrantRemaining", "UPDATE credit_grants SET remaining = '100000'", "remain"},
    {"GrantReleased",
     "UPDATE credit_grants SET released_minor = value_minor + 1 WHERE purchased = 1", "released"},
    {"GrantValue", "UPDATE credit_grants SET value_minor = value_minor + 10 WHERE purchased = 1",
     "value_minor is"},
    {"ReleasedEntryGone", "DELETE FROM ledger_entries WHERE kind = 'credits_consumed'",
     "what the ledger released is 0"},
    {"LineAmount",
     "UPDATE invoice_lines SET exact_amount = '5000' WHERE exact_amount = '4999' AND "
     "original_line_item_id IS NULL",
     "says 5000, its price and quantity come to 4999"},
    {"UsageAmount", "UPDATE invoice_lines SET exact_amount = '81' WHERE usage_quantity = '42'",
     "says 81, its price and quantity come to "},
    {"UsageQuantity", "UPDATE invoice_lines SET usage_quantity = '41' WHERE usage_quantity = '42'",
     "usage_quantity is 41, expected 42"},
    {"UsageSequence", "UPDATE invoice_lines SET usage_sequence = 1 WHERE usage_quantity = '42'",
     "usage_quantity is 42"},
    {"UsageBeyondTheEvents",
     "UPDATE invoice_lines SET usage_sequence = 999999 WHERE usage_quantity = '42'",
     "the events end at"},
    {"AggregatorGone", "DELETE FROM aggregators", "is missing"},
    {"WalletBalance", "UPDATE wallets SET balance = balance + 1", "balance is 401"},
    {"WalletMovementGone", "DELETE FROM wallet_transactions WHERE position = 2", "position is 3"},
    {"WalletMovementAmount",
     "UPDATE wallet_transactions SET amount = amount + 1 WHERE position = 0",
     "what the ledger says it moved is"},
    {"WalletRemaining",
     "UPDATE wallet_transactions SET remaining = remaining + 1 WHERE position = 0", "remaining is"},
    {"WalletRevertForgotten", "UPDATE wallet_transactions SET reverted_by = NULL",
     "what it takes back does not say so"},
    {"WalletCurrency", "UPDATE wallets SET currency = 'USD'", "wallet_liability is"},
    {"WalletOfNobody", "UPDATE wallets SET customer_id = 'cus_nobody'", "its customer is missing"},
    {"WalletGone", "DELETE FROM wallets", "its wallet is missing"},
    {"LoadNotVoided", "UPDATE invoices SET reverted_at = NULL WHERE reverted_at IS NOT NULL",
     "its load was reverted"},
    {"LoadVoidedForNothing",
     "UPDATE invoices SET reverted_at = 5 WHERE type = 'document' AND reverted_at IS NULL",
     "no load of it was reverted"},
    {"OutboxGone", "DELETE FROM outbox WHERE event_type = 'invoice.ready'",
     "was announced as ready 0 times"},
    {"CreditNoteOutboxGone", "DELETE FROM outbox WHERE event_type = 'credit_note.ready'",
     "was announced as ready 0 times"},
    {"OutboxTwice",
     "INSERT INTO outbox (id, account_id, mode, event_type, customer_id, payload, created_at) "
     "SELECT id || 'x', account_id, mode, event_type, customer_id, payload, created_at FROM outbox "
     "WHERE "
     "event_type = 'invoice.ready'",
     "was announced as ready 2 times"},
};

// A company with a plan and usage, a part payment, a cancellation with a refund, and credits.
void fill(Installation& made) {
  auto const calls = made.aggregator("calls", AggregatorOperation::sum, "n");
  auto const plan =
      made.product(ProductType::flat_fee, "Plan", PriceType::fee, {tier({}, {}, Exact(4'999))});
  auto const usage = made.product(
      ProductType::dynamic, "Calls", PriceType::volume,
      {tier(Exact(0), Exact(10), Exact(7)), tier(Exact(10), {}, Exact::fraction(1, 3))}, calls);
  auto pack = tier({}, {}, Exact(1'000));
  pack.pack_size = 10;
  auto const credits = made.product(ProductType::credit, "Credits", PriceType::bundle, {pack});
  auto const one = made.customer("one");
  auto const two = made.customer("two");
  made.subscribe(one, {plan, usage}, "2026-01-01T00:00:00Z");
  auto const leaving = made.subscribe(two, {plan}, "2026-01-01T00:00:00Z");
  made.event(one, "calls", "a", at("2026-01-05T10:00:00Z"), ",\"n\":40");
  made.event(one, "calls", "b", at("2026-01-06T10:00:00Z"), ",\"n\":2");
  made.unit([&](UnitOfWork& work) { return open_credit(work, one, {credits, {}, Exact(0), {}}); });
  made.unit([&](UnitOfWork& work) -> Result<CreditPurchased> {
    TB_TRY(credit, find_credit(work, one, credits));
    return purchase_credit(work, credit, {Exact(30), 3'001, {}, {}});
  });
  for (int const count : {7, 40}) {
    made.unit([&](UnitOfWork& work) -> Result<CreditTransaction> {
      TB_TRY(credit, find_credit(work, one, credits));
      if (count == 40) {
        TB_TRY(topped, topup_credit(work, credit, Exact(5), {}));
        (void)topped;
      }
      TB_TRY(again, find_credit(work, one, credits));
      return use_credit(work, again, Exact(count == 40 ? 10 : count), {});
    });
  }
  made.advance("2026-02-10T00:00:00Z");
  made.unit([&](UnitOfWork& work) -> Result<InvoiceWithLines> {
    auto const invoice = work.records<Invoice>().first(
        "type = 'invoice' AND number IS NOT NULL AND revenue_kind = 'revenue' ORDER BY "
        "sequence_number");
    NewPayment payment;
    payment.amount = 1'000;
    payment.process_at = work.now();
    return record_payment(work, invoice->id, payment);
  });
  made.unit([&](UnitOfWork& work) -> Result<InvoiceWithLines> {
    auto const invoice =
        work.records<Invoice>().first("status = 'to_pay' ORDER BY sequence_number");
    NewPayment payment;
    payment.amount = invoice->amount_due;
    payment.process_at = work.now();
    return record_payment(work, invoice->id, payment);
  });
  // A wallet with a load, a gift that is taken back, and a load that is.
  made.unit([&](UnitOfWork& work) { return update_wallet_settings(work, {true, true, {}, {}}); });
  auto const wallet = made.unit([&](UnitOfWork& work) { return create_wallet(work, two, {}); }).id;
  for (int const amount : {400, 70, 90}) {
    NewLoad load;
    load.amount = amount;
    if (amount == 70) load.type = AutoLoadType::free;
    made.unit([&](UnitOfWork& work) { return load_wallet(work, wallet, load); });
    if (amount == 400) continue;
    made.unit([&](UnitOfWork& work) {
      auto const newest = work.records<WalletTransaction>().first("type <> 'debit' AND amount = ?",
                                                                  {std::int64_t{amount}});
      return revert_load(work, wallet, newest->id);
    });
  }
  // Who is paid back has paid.
  made.unit([&](UnitOfWork& work) -> Result<InvoiceWithLines> {
    auto const invoice = work.records<Invoice>().first(
        "status = 'to_pay' AND subscription_id = ? ORDER BY sequence_number DESC", {leaving.value});
    NewPayment payment;
    payment.amount = invoice->amount_due;
    payment.process_at = work.now();
    return record_payment(work, invoice->id, payment);
  });
  made.unit([&](UnitOfWork& work) {
    CancelTerms terms;
    terms.strategy = CancellationStrategy::refund_prorata;
    terms.refund_method = RefundMethod::external;
    return cancel_subscription(work, leaving, terms);
  });
}

class Verify : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    made_ = new Installation(folder_->sub("data"), at("2026-01-01T00:00:00Z"));
    fill(*made_);
  }
  static void TearDownTestSuite() {
    delete made_;
    delete folder_;
  }
  static inline TemporaryFolder* folder_ = nullptr;
  static inline Installation* made_ = nullptr;
};

std::string joined(VerifyReport const& report) {
  std::string text;
  for (auto const& finding : report.findings) text += finding + "\n";
  return text;
}

// Which line of a rate got the odd unit was another rule in an earlier version, and its entries had
// no digests: its books are sound.
TEST_F(Verify, AnEarlierVersionsOddUnitsAreSound) {
  std::string const file = folder_->sub("earlier.db");
  made_->node.database().backup_to(file);
  auto const earlier = open_sqlite(file, 1);
  earlier->write([&](SqlSession& sql) {
    for (char const* unit : {"+ 1 WHERE position = 0", "- 1 WHERE position = 1"}) {
      std::string const change(unit);
      EXPECT_EQ(sql.execute(
                    "UPDATE invoice_lines SET tax_amount = tax_amount " + change.substr(0, 3) +
                    ", amount = amount " + change +
                    " AND invoice_id = (SELECT MIN(invoice_id) FROM invoice_lines WHERE "
                    "position = 1 AND amount_excluding_tax > 0 AND original_line_item_id IS NULL)"),
                1);
    }
    sql.execute(
        "UPDATE ledger_entries SET digest = NULL, source_hash = NULL, position = NULL, link = "
        "NULL");
    sql.execute("DELETE FROM ledger_heads");
    sql.execute("DELETE FROM ledger_roots");
    return true;
  });
  EXPECT_EQ(joined(verify(*earlier, made_->node.events())), "");
}

TEST_F(Verify, SoundInstallationHasNoFindings) {
  auto const report = verify(made_->node.database(), made_->node.events());
  EXPECT_EQ(joined(report), "");
  EXPECT_GE(report.invoices, 5);
  EXPECT_GE(report.usage_lines, 1);
  EXPECT_EQ(report.credits, 1);
  EXPECT_EQ(report.subscriptions, 2);
}

TEST_F(Verify, FindsEveryDamage) {
  int number = 0;
  for (auto const& damage : damages) {
    SCOPED_TRACE(damage.name);
    std::string const file = folder_->sub("damaged" + std::to_string(number++) + ".db");
    made_->node.database().backup_to(file);
    auto copy = open_sqlite(file, 1);
    std::int64_t changed = 0;
    copy->write([&](SqlSession& sql) {
      changed = sql.execute(with_invoice(damage.sql));
      return true;
    });
    EXPECT_GT(changed, 0) << "the damage did nothing";
    auto const report = verify(*copy, made_->node.events());
    EXPECT_FALSE(report.clean());
    EXPECT_NE(joined(report).find(damage.finding), std::string::npos)
        << "expected \"" << damage.finding << "\" in:\n"
        << joined(report);
  }
}

TEST(VerifyUsage, ZeroUsageBeforeTheFirstEventIsSound) {
  TemporaryFolder folder;
  Installation made(folder.sub("data"), at("2026-01-01T00:00:00Z"));
  auto const calls = made.aggregator("calls", AggregatorOperation::count);
  auto const usage = made.product(ProductType::dynamic, "Calls", PriceType::volume,
                                  {tier(Exact(0), {}, Exact(7))}, calls);
  made.subscribe(made.customer("one"), {usage}, "2026-01-01T00:00:00Z");
  made.advance("2026-02-10T00:00:00Z");
  auto const report = verify(made.node.database(), made.node.events());
  EXPECT_EQ(joined(report), "");
  EXPECT_EQ(report.usage_lines, 1);
}

// The API refuses it once the aggregator is sold; done behind its back it is found.
TEST(VerifyUsage, AnAggregatorThatMeansSomethingElseNowIsFound) {
  TemporaryFolder folder;
  Installation made(folder.sub("data"), at("2026-01-01T00:00:00Z"));
  auto const calls = made.aggregator("calls", AggregatorOperation::count);
  auto const usage = made.product(ProductType::dynamic, "Calls", PriceType::volume,
                                  {tier(Exact(0), {}, Exact(7))}, calls);
  auto const one = made.customer("one");
  made.subscribe(one, {usage}, "2026-01-01T00:00:00Z");
  made.event(one, "calls", "a", at("2026-01-05T10:00:00Z"), "");
  made.advance("2026-02-10T00:00:00Z");
  EXPECT_EQ(joined(verify(made.node.database(), made.node.events())), "");
  made.unit([&](UnitOfWork& work) -> Result<Aggregator> {
    auto aggregator = *work.records<Aggregator>().find(calls.value);
    aggregator.entity = "others";
    work.records<Aggregator>().update(aggregator);
    return aggregator;
  });
  auto const report = verify(made.node.database(), made.node.events());
  EXPECT_NE(joined(report), "");
  EXPECT_EQ(report.usage_lines, 1);
}

}  // namespace verify_tests
