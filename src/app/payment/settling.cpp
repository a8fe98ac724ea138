#include "app/payment/settling.hpp"

#include <algorithm>

#include "app/invoice/invoicing.hpp"
#include "app/payment/giving_up.hpp"
#include "app/wallet/movements.hpp"
#include "base/assert.hpp"

namespace tallybook {
namespace settling_detail {

void mark_settled(UnitOfWork& work, Transaction& transaction) {
  TB_ASSERT(transaction.amount > 0);
  transaction.status = TransactionStatus::settled;
  transaction.settled_at = transaction.updated_at = work.now();
  transaction.look_again_at.reset();
  transaction.error_type.reset();
  transaction.error_message.reset();
}

void tell_when_settled(UnitOfWork& work, Invoice const& invoice) {
  if (invoice.amount_due > 0) return;
  bool const credit = invoice.type == InvoiceType::credit_note;
  work.emit(credit ? "credit_note.settled" : "invoice.settled", invoice.customer_id,
            work.services().snapshots.invoice(
                invoice, invoice_lines(work.sql(), work.tenant(), invoice.id)));
}

// What the note still owes, at most `most`, lowers what the invoice still owes; the note is not
// stored. What was set off.
std::int64_t set_off_one(UnitOfWork& work, Invoice& note, Invoice& invoice, std::int64_t most,
                         std::string const& source) {
  std::int64_t const amount = std::min({note.amount_due, invoice.amount_due, most});
  note.amount_credited = checked_add(note.amount_credited, amount);
  invoice.amount_credited = checked_add(invoice.amount_credited, amount);
  update_settlement(note, work.now());
  update_settlement(invoice, work.now());
  bool const written_off = invoice.written_off_at.has_value();
  work.post(EntryKind::credit_set_off, invoice.invoicing_entity_id, invoice.customer_id,
            invoice.currency, note.id.value + "/" + std::to_string(note.amount_credited) + source,
            postings_of(EntryKind::credit_set_off,
                        {{PostedAmount::amount, amount},
                         {PostedAmount::applied, written_off ? 0 : amount},
                         {PostedAmount::recovered, written_off ? amount : 0}}));
  return amount;
}

// Credit notes of the invoice that wait to be paid back are set off against what is owed again.
void set_off(UnitOfWork& work, Invoice& invoice) {
  for (auto& note : work.records<Invoice>().where(
           "original_invoice_id = ? AND type = 'credit_note' AND amount_due > 0 AND number IS NOT "
           "NULL ORDER BY created_at, id" +
               std::string(work.sql().for_update()),
           {invoice.id.value})) {
    if (std::min(note.amount_due, invoice.amount_due) <= 0) return;
    set_off_one(work, note, invoice, note.amount_due, "");
    work.records<Invoice>().update(note);
    tell_when_settled(work, note);
  }
}

}  // namespace settling_detail

std::vector<InvoiceId> lowered_by(UnitOfWork& work, InvoiceId const& document) {
  std::vector<InvoiceId> found;
  auto const known = [&](InvoiceId const& id) {
    return id == document || std::ranges::find(found, id) != found.end();
  };
  std::vector<InvoiceId> ask{document};
  while (!ask.empty()) {
    InvoiceId const id = ask.back();
    ask.pop_back();
    work.sql().query(
        "SELECT DISTINCT o.invoice_id FROM invoice_lines l JOIN invoice_lines o ON o.account_id = "
        "l.account_id AND o.mode = l.mode AND o.id = l.original_line_item_id JOIN invoices n ON "
        "n.account_id = o.account_id AND n.mode = o.mode AND n.id = o.invoice_id WHERE "
        "l.account_id = ? AND l.mode = ? AND l.invoice_id = ? AND l.entry_type = 'credit' AND "
        "n.number IS NOT NULL AND n.type <> 'credit_note' ORDER BY o.invoice_id",
        {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), id.value},
        [&](SqlRow const& row) {
          InvoiceId const next{std::string(row.text(0))};
          if (known(next)) return;
          found.push_back(next);
          ask.push_back(next);
        });
  }
  return found;
}

void set_off_elsewhere(UnitOfWork& work, Invoice const& original, Invoice& note) {
  auto const noted = work.sql().number(
      "SELECT COALESCE(CAST(SUM(total_amount) AS BIGINT), 0) FROM invoices WHERE account_id = ? "
      "AND mode = ? AND original_invoice_id = ? AND number IS NOT NULL",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), original.id.value});
  std::int64_t beyond = std::min(note.total_amount, checked_add(noted, -original.total_amount));
  if (beyond <= 0) return;
  for (auto const& id : lowered_by(work, original.id)) {
    auto invoice = work.records<Invoice>().find_for_update(id.value);
    bool const same = invoice && invoice->customer_id == note.customer_id &&
                      invoice->currency == note.currency &&
                      invoice->invoicing_entity_id == note.invoicing_entity_id;
    if (!same || invoice->written_off_at || invoice->amount_due <= 0) continue;
    beyond -= settling_detail::set_off_one(work, note, *invoice, beyond, "/" + invoice->id.value);
    work.records<Invoice>().update(*invoice);
    settling_detail::tell_when_settled(work, *invoice);
    if (note.amount_due == 0) settling_detail::tell_when_settled(work, note);
    if (beyond == 0 || note.amount_due == 0) return;
  }
}

std::string facts_of(Transaction const& transaction) {
  return Records<Transaction>::facts(transaction, transaction_changing_columns);
}

std::string stored_facts_of(SqlSession& sql, Tenant const& tenant, TransactionId const& id) {
  return Records<Transaction>(sql, tenant)
      .stored_facts("id = ?", {id.value}, transaction_changing_columns);
}

void settle_payment(UnitOfWork& work, Invoice& invoice, Transaction& payment) {
  TB_ASSERT(invoice.id == payment.invoice_id && invoice.type != InvoiceType::credit_note);
  TB_ASSERT(payment.amount <= invoice.amount_due);
  settling_detail::mark_settled(work, payment);
  if (invoice.written_off_at) payment.recovered = true;
  invoice.amount_paid = checked_add(invoice.amount_paid, payment.amount);
  bool const given_up = invoice.status == InvoiceStatus::error;
  if (given_up) invoice.status = InvoiceStatus::to_pay;
  update_settlement(invoice, work.now());
  if (given_up) recover_after(work, invoice);
  work.post(entry_kind_of(payment, &invoice), invoice.invoicing_entity_id, invoice.customer_id,
            invoice.currency, payment.id.value, postings_of_payment(payment, &invoice),
            facts_of(payment));
  if (invoice.revenue_kind == RevenueKind::wallet)
    load_by_payment(work, invoice, payment.amount, payment.id.value);
  settling_detail::tell_when_settled(work, invoice);
}

void settle_on_account(UnitOfWork& work, Transaction& payment, EntityId const& entity) {
  TB_ASSERT(!payment.invoice_id);
  payment.invoicing_entity_id = entity;
  settling_detail::mark_settled(work, payment);
  work.post(entry_kind_of(payment, nullptr), entity, payment.customer_id, payment.currency,
            payment.id.value, postings_of_payment(payment, nullptr), facts_of(payment));
}

void allocate_payment(UnitOfWork& work, Transaction const& payment, Invoice& invoice,
                      std::int64_t amount) {
  TB_ASSERT(payment.status == TransactionStatus::settled && !payment.invoice_id);
  TB_ASSERT(amount > 0 && amount <= invoice.amount_due);
  TransactionAllocation part{
      work.new_id<AllocationTag>(), payment.id, invoice.id, amount, {}, work.now()};
  if (invoice.written_off_at) part.recovered = true;
  work.records<TransactionAllocation>().insert(part);
  invoice.amount_paid = checked_add(invoice.amount_paid, amount);
  bool const given_up = invoice.status == InvoiceStatus::error;
  if (given_up) invoice.status = InvoiceStatus::to_pay;
  update_settlement(invoice, work.now());
  work.records<Invoice>().update(invoice);
  if (given_up) recover_after(work, invoice);
  work.post(EntryKind::payment_applied, invoice.invoicing_entity_id, invoice.customer_id,
            invoice.currency, part.id.value, postings_of_allocation(part, invoice),
            Records<TransactionAllocation>::facts(part));
  if (invoice.revenue_kind == RevenueKind::wallet)
    load_by_payment(work, invoice, amount, part.id.value);
  settling_detail::tell_when_settled(work, invoice);
}

void settle_note_refund(UnitOfWork& work, Invoice& note, Transaction& refund) {
  TB_ASSERT(note.type == InvoiceType::credit_note && refund.type == TransactionType::refund);
  TB_ASSERT(refund.amount <= note.amount_due && refund.invoice_id == note.id);
  settling_detail::mark_settled(work, refund);
  note.amount_paid = checked_add(note.amount_paid, refund.amount);
  update_settlement(note, work.now());
  work.post(entry_kind_of(refund, &note), note.invoicing_entity_id, note.customer_id, note.currency,
            refund.id.value, postings_of_refund(refund, &note, nullptr, nullptr), facts_of(refund));
  if (refund.payment_method_type == TransactionMethod::wallet) load_by_refund(work, note, refund);
  if (note.amount_due == 0 && note.original_invoice_id) {
    auto original = work.records<Invoice>().find_for_update(note.original_invoice_id->value);
    if (original) {
      original->refunded_at = original->updated_at = work.now();
      work.records<Invoice>().update(*original);
    }
  }
  settling_detail::tell_when_settled(work, note);
}

void settle_taken_back(UnitOfWork& work, Transaction& refund, Transaction& payment,
                       Invoice* invoice) {
  TB_ASSERT(refund.original_transaction_id == payment.id);
  settling_detail::mark_settled(work, refund);
  if (refundable(payment) == 0) payment.refunded_at = work.now();
  payment.updated_at = work.now();
  work.records<Transaction>().update(payment);
  auto const entity =
      invoice != nullptr ? invoice->invoicing_entity_id : payment.invoicing_entity_id.value();
  bool const by_wallet = refund.payment_method_type == TransactionMethod::wallet;
  bool const loaded = invoice != nullptr && invoice->revenue_kind == RevenueKind::wallet;
  std::int64_t const uncovered = loaded ? take_back_load(work, *invoice, refund) : 0;
  work.post(entry_kind_of(refund, invoice), entity, payment.customer_id, payment.currency,
            refund.id.value, postings_of_refund(refund, nullptr, &payment, invoice, uncovered),
            facts_of(refund));
  if (by_wallet) return_to_wallet(work, refund, payment);
  if (invoice == nullptr) return;
  TB_ASSERT(refund.amount <= invoice->amount_paid);
  invoice->amount_paid -= refund.amount;
  invoice->refunded_at = work.now();
  update_settlement(*invoice, work.now());
  settling_detail::set_off(work, *invoice);
  work.records<Invoice>().update(*invoice);
}

}  // namespace tallybook
