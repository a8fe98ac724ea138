#include <algorithm>

#include "app/billing/charging.hpp"
#include "app/invoice/invoicing.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace settling_detail {

// Counts the usage lines of a document that is not issued yet and computes its totals anew.
void refresh(UnitOfWork& work, InvoiceWithLines& document) {
  auto const zone = TimeZone::find(document.invoice.timezone).value_or(TimeZone());
  for (auto& line : document.lines) {
    if (!line.usage_quantity || !line.subscription_line_id) continue;
    auto const source = work.records<SubscriptionLine>().find(line.subscription_line_id->value);
    TB_ASSERT(source.has_value());
    recount_line(work, document.invoice.customer_id, *source, line, zone);
  }
  compute_totals(document.invoice, document.lines);
}

void store(UnitOfWork& work, InvoiceWithLines const& document) {
  work.records<Invoice>().update(document.invoice);
  for (auto const& line : document.lines) work.records<InvoiceLine>().update(line);
}

void finalise(UnitOfWork& work, InvoiceWithLines& document) {
  auto const parties =
      parties_of(work, document.invoice.invoicing_entity_id, document.invoice.customer_id);
  TB_ASSERT(parties.has_value());
  refresh(work, document);
  issue(work, *parties, document);
  store(work, document);
}

// The payment is money: the invoice and the ledger follow it.
void settle(UnitOfWork& work, Invoice& invoice, Transaction& transaction) {
  transaction.status = TransactionStatus::settled;
  transaction.settled_at = work.now();
  transaction.updated_at = work.now();
  invoice.amount_paid = checked_add(invoice.amount_paid, transaction.amount);
  invoice.amount_due = invoice.total_amount - invoice.amount_paid;
  invoice.status = status_after_payment(invoice, invoice.amount_paid);
  if (invoice.status == InvoiceStatus::paid) invoice.settled_at = work.now();
  invoice.updated_at = work.now();
  work.post(EntryKind::payment_settled, invoice.invoicing_entity_id, invoice.customer_id,
            invoice.currency, transaction.id.value, postings_of_payment(transaction.amount));
}

// What was received for an invoice and not paid back yet: nobody gets money that never came.
std::int64_t refundable(UnitOfWork& work, Invoice const& original) {
  std::int64_t const refunded = work.sql().number(
      "SELECT SUM(t.amount) FROM transactions t JOIN invoices n ON n.id = t.invoice_id "
      "WHERE n.account_id = ? AND n.mode = ? AND n.original_invoice_id = ? AND t.type = 'refund' AND "
      "t.status = 'settled'",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), original.id.value});
  return std::max<std::int64_t>(0, original.amount_paid - refunded);
}

// Paid back outside: the movement is recorded, as far as the invoice was paid. The rest of the note
// stands against what is still owed.
void refund_outside(UnitOfWork& work, InvoiceWithLines& note, Invoice const& original) {
  auto& invoice = note.invoice;
  Transaction refund;
  refund.amount = std::min(invoice.total_amount, refundable(work, original));
  if (refund.amount <= 0) return;
  refund.id = work.new_id<TransactionTag>();
  refund.type = TransactionType::refund;
  refund.currency = invoice.currency;
  refund.customer_id = invoice.customer_id;
  refund.invoice_id = invoice.id;
  refund.process_at = refund.created_at = refund.updated_at = work.now();
  refund.settled_at = work.now();
  work.post(EntryKind::refund_settled, invoice.invoicing_entity_id, invoice.customer_id, invoice.currency,
            refund.id.value, postings_of_refund(refund.amount));
  work.records<Transaction>().insert(refund);
  invoice.amount_paid = refund.amount;
  invoice.amount_due = invoice.total_amount - refund.amount;
  invoice.status = status_after_payment(invoice, invoice.amount_paid);
  if (invoice.status != InvoiceStatus::paid) return;
  invoice.settled_at = work.now();
  work.emit("credit_note.settled", invoice.customer_id,
            work.services().snapshots.invoice(invoice, note.lines));
}

}  // namespace settling_detail

Result<InvoiceWithLines> validate_invoice(UnitOfWork& work, InvoiceId const& id) {
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  if (!invoice) return fail(errors::not_found("Invoice"));
  if (invoice->status != InvoiceStatus::draft && invoice->status != InvoiceStatus::grace_period) {
    return fail(errors::conflict("The invoice is " +
                                 std::string(reflect::enum_name(invoice->status)) +
                                 "; only a draft or grace_period one can be validated"));
  }
  InvoiceWithLines document{*std::move(invoice), invoice_lines(work.sql(), work.tenant(), id)};
  if (document.invoice.status == InvoiceStatus::grace_period)
    document.invoice.grace_period_ended_at = work.now();
  settling_detail::finalise(work, document);
  return document;
}

void end_grace(UnitOfWork& work, Invoice invoice) {
  InvoiceWithLines document{std::move(invoice), {}};
  document.lines = invoice_lines(work.sql(), work.tenant(), document.invoice.id);
  document.invoice.grace_period_ended_at = work.now();
  settling_detail::finalise(work, document);
}

Result<InvoiceWithLines> record_payment(UnitOfWork& work, InvoiceId const& id,
                                        NewPayment const& payment) {
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  if (!invoice) return fail(errors::not_found("Invoice"));
  std::int64_t planned = 0;
  for (auto const& other : invoice_transactions(work.sql(), work.tenant(), id)) {
    if (other.status == TransactionStatus::scheduled) planned = checked_add(planned, other.amount);
  }
  TB_CHECK(may_record_payment(*invoice, payment.amount, planned));
  Transaction transaction;
  transaction.id = work.new_id<TransactionTag>();
  transaction.type =
      invoice->subscription_id ? TransactionType::subscription : TransactionType::one_time;
  transaction.amount = payment.amount;
  transaction.currency = invoice->currency;
  transaction.customer_id = invoice->customer_id;
  transaction.invoice_id = invoice->id;
  transaction.payment_method_type = payment.method;
  transaction.bank_account_id = payment.bank_account_id;
  transaction.provider_name = payment.provider_name;
  transaction.provider_id = payment.provider_id;
  transaction.provider_transaction_id = payment.provider_transaction_id;
  transaction.process_at = payment.process_at;
  transaction.created_at = transaction.updated_at = work.now();
  if (payment.process_at > work.now()) {
    transaction.status = TransactionStatus::scheduled;
    work.records<Transaction>().insert(transaction);
    return InvoiceWithLines{*invoice, invoice_lines(work.sql(), work.tenant(), id)};
  }
  settling_detail::settle(work, *invoice, transaction);
  work.records<Transaction>().insert(transaction);
  work.records<Invoice>().update(*invoice);
  InvoiceWithLines document{*invoice, invoice_lines(work.sql(), work.tenant(), id)};
  if (invoice->status == InvoiceStatus::paid) {
    work.emit("invoice.settled", invoice->customer_id,
              work.services().snapshots.invoice(document.invoice, document.lines));
  }
  return document;
}

void settle_planned(UnitOfWork& work, Transaction transaction) {
  auto invoice = work.records<Invoice>().find_for_update(transaction.invoice_id.value);
  TB_ASSERT(invoice.has_value());
  bool const open = invoice->status == InvoiceStatus::to_pay ||
                    invoice->status == InvoiceStatus::partially_paid ||
                    invoice->status == InvoiceStatus::error;
  if (!open || transaction.amount > invoice->amount_due) {
    // Paid or credited meanwhile: money is never taken twice.
    transaction.status = TransactionStatus::cancelled;
    transaction.updated_at = work.now();
    work.records<Transaction>().update(transaction);
    return;
  }
  settling_detail::settle(work, *invoice, transaction);
  work.records<Transaction>().update(transaction);
  work.records<Invoice>().update(*invoice);
  if (invoice->status == InvoiceStatus::paid) {
    work.emit("invoice.settled", invoice->customer_id,
              work.services().snapshots.invoice(
                  *invoice, invoice_lines(work.sql(), work.tenant(), invoice->id)));
  }
}

void issue_credit_note(UnitOfWork& work, InvoiceParties const& parties, Invoice const& original,
                       std::vector<CreditPart> const& parts,
                       std::optional<RefundMethod> refund_method, Instant at) {
  if (parts.empty()) return;
  InvoiceWithLines note{new_document(work, parties, InvoiceType::credit_note, original.currency),
                        {}};
  note.invoice.created_at = at;
  note.invoice.original_invoice_id = original.id;
  note.invoice.original_invoice_number = original.number;
  note.invoice.subscription_id = original.subscription_id;
  note.invoice.tax_scheme = original.tax_scheme;
  note.invoice.seller = original.seller;
  note.invoice.customer = original.customer;
  auto const zone = TimeZone::find(original.timezone).value_or(TimeZone());
  for (auto const& part : parts) {
    InvoiceLine line;
    line.id = work.new_id<InvoiceLineTag>();
    line.invoice_id = note.invoice.id;
    line.position = static_cast<int>(note.lines.size());
    line.entry_type = EntryType::credit;
    line.name = part.name;
    line.product_id = part.original.product_id;
    line.product_type = part.original.product_type;
    line.subscription_line_id = part.original.subscription_line_id;
    line.period_start_on = part.period.start;
    line.period_end_on = part.period.end;
    auto const range = to_instants(part.period, zone);
    line.period_starts_at = range.start;
    line.period_ends_at = range.end;
    line.units_count = part.original.units_count;
    line.exact_amount = part.amount_minor;
    line.unit_amount =
        line.units_count.is_zero() ? part.amount_minor : part.amount_minor / line.units_count;
    line.display_unit_amount = false;
    line.tax_rate = part.original.tax_rate;
    line.original_line_item_id = part.original.id;
    note.lines.push_back(std::move(line));
  }
  compute_totals(note.invoice, note.lines);
  if (note.invoice.total_amount <= 0) return;
  note.invoice.period_starts_at = note.lines.front().period_starts_at;
  note.invoice.period_ends_at = note.lines.front().period_ends_at;
  issue(work, parties, note);
  if (refund_method == RefundMethod::external) settling_detail::refund_outside(work, note, original);
  work.records<Invoice>().insert(note.invoice);
  for (auto const& line : note.lines) work.records<InvoiceLine>().insert(line);
}

}  // namespace tallybook
