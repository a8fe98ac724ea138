// What an answer of a provider does: record_outcome.
#include <algorithm>

#include "app/invoice/invoicing.hpp"
#include "app/payment/giving_up.hpp"
#include "app/payment/payment_methods.hpp"
#include "app/payment/provider_calls.hpp"
#include "app/payment/settling.hpp"
#include "base/assert.hpp"

namespace tallybook {
namespace outcomes_detail {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t pending_ms = 6 * hour;

bool is_open(Transaction const& transaction) {
  return transaction.status == TransactionStatus::to_process ||
         transaction.status == TransactionStatus::pending;
}

void store(UnitOfWork& work, Transaction& transaction) {
  transaction.updated_at = work.now();
  work.records<Transaction>().update(transaction);
}

// Money that came. When the invoice owes less by now (somebody paid, or a later attempt settled
// while this one was thought lost), it is the customer's money on account, and what is still owed
// takes its part of it.
void settle(UnitOfWork& work, Transaction& payment, std::optional<Invoice>& invoice) {
  if (invoice && takes_payment(*invoice) && payment.amount <= invoice->amount_due) {
    settle_payment(work, *invoice, payment);
    work.records<Transaction>().update(payment);
    if (invoice->amount_due == 0) invoice->collect_at.reset();
    work.records<Invoice>().update(*invoice);
    return;
  }
  auto const entity = invoice ? invoice->invoicing_entity_id : payment.invoicing_entity_id.value();
  payment.invoice_id.reset();
  settle_on_account(work, payment, entity);
  work.records<Transaction>().update(payment);
  if (invoice && takes_payment(*invoice) && invoice->amount_due > 0)
    allocate_payment(work, payment, *invoice, invoice->amount_due);
}

void fail_with(UnitOfWork& work, Transaction& transaction, PaymentErrorType type,
               std::string message) {
  transaction.status = TransactionStatus::failed;
  transaction.error_type = type;
  transaction.error_message = std::move(message);
  transaction.look_again_at.reset();
  store(work, transaction);
}

void fail_charge(UnitOfWork& work, Transaction& payment, std::optional<Invoice>& invoice,
                 MoneyAnswer const& answer) {
  fail_with(work, payment, answer.error_type, answer.error_message);
  note_failure(work, payment);
  if (!invoice || !takes_payment(*invoice) || !payment.attempt) return;
  auto const next = next_attempt_at(answer.error_type, *payment.attempt, work.now());
  if (next && invoice->status != InvoiceStatus::error &&
      invoice->status != InvoiceStatus::uncollectible) {
    invoice->collect_at = next;
  } else {
    give_up(work, *invoice);
  }
  work.records<Invoice>().update(*invoice);
}

// The provider refused the order and cannot take it any more: the next one in the order does.
std::optional<ProviderCall> fall_back(UnitOfWork& work, Transaction& payment,
                                      std::optional<Invoice>& invoice, MoneyAnswer answer) {
  auto const method = work.records<PaymentMethod>().find(payment.payment_method_id.value_or(""));
  TB_ASSERT(method.has_value() && payment.provider_name.has_value());
  std::vector<std::string> order;
  if (invoice) order = providers_for(work, invoice->invoicing_entity_id, *method);
  auto const here = std::ranges::find(order, *payment.provider_name);
  bool const owed = invoice && takes_payment(*invoice) && payment.amount <= invoice->amount_due;
  answer.error_type = PaymentErrorType::provider_error;
  if (!owed || here == order.end() || here + 1 == order.end()) {
    fail_charge(work, payment, invoice, answer);
    return std::nullopt;
  }
  fail_with(work, payment, PaymentErrorType::provider_error,
            answer.error_message + "; charged with " + *(here + 1));
  auto next = new_charge(work, *invoice, *method, payment.amount);
  next.provider_name = *(here + 1);
  next.attempt = payment.attempt;
  work.records<Transaction>().insert(next);
  return prepare_call(work, next);
}

// A chargeback, once; and its end when it was won.
void take_back(UnitOfWork& work, Transaction& payment, Dispute const& dispute) {
  auto const known = work.records<Transaction>().first(
      "original_transaction_id = ? AND type = 'chargeback' AND provider_transaction_id = ?",
      {payment.id.value, dispute.id});
  if (!known && dispute.amount > refundable(payment)) {
    // A refund of it is on its way and will be refused: then there is room.
    payment.look_again_at = work.now() + hour;
    return store(work, payment);
  }
  auto invoice = payment.invoice_id
                     ? work.records<Invoice>().find_for_update(payment.invoice_id->value)
                     : std::nullopt;
  Transaction chargeback;
  if (known) {
    chargeback = *known;
  } else {
    chargeback.id = work.new_id<TransactionTag>();
    chargeback.type = TransactionType::chargeback;
    chargeback.amount = dispute.amount;
    chargeback.currency = payment.currency;
    chargeback.customer_id = payment.customer_id;
    chargeback.invoicing_entity_id = invoice ? std::nullopt : payment.invoicing_entity_id;
    chargeback.invoice_id = payment.invoice_id;
    chargeback.payment_method_type = payment.payment_method_type;
    chargeback.payment_method_id = payment.payment_method_id;
    chargeback.provider_name = payment.provider_name;
    chargeback.provider_transaction_id = dispute.id;
    chargeback.original_transaction_id = payment.id;
    if (dispute.fee > 0) chargeback.provider_fee = dispute.fee;
    chargeback.process_at = chargeback.created_at = work.now();
    chargeback.sent_at = work.now();
    payment.refunded_amount = checked_add(payment.refunded_amount, dispute.amount);
    payment.look_again_at.reset();
    settle_taken_back(work, chargeback, payment, invoice ? &*invoice : nullptr);
    work.records<Transaction>().insert(chargeback);
  }
  if (!dispute.won ||
      work.records<Transaction>().count("original_transaction_id = ?", {chargeback.id.value}) > 0)
    return;
  Transaction back = chargeback;
  back.id = work.new_id<TransactionTag>();
  back.type = payment.type;
  back.provider_fee.reset();
  back.original_transaction_id = chargeback.id;
  back.process_at = back.created_at = back.updated_at = work.now();
  back.settled_at.reset();
  work.records<Transaction>().insert(back);
  settle(work, back, invoice);
}

void apply_to_charge(UnitOfWork& work, Transaction& payment, std::optional<Invoice>& invoice,
                     MoneyAnswer const& answer) {
  payment.last_refreshed_at = work.now();
  switch (answer.state) {
    case MoneyState::settled:
      if (payment.status != TransactionStatus::settled) {
        payment.provider_transaction_id = answer.id;
        if (answer.fee > 0) payment.provider_fee = answer.fee;
        settle(work, payment, invoice);
      } else {
        store(work, payment);
      }
      if (answer.dispute) take_back(work, payment, *answer.dispute);
      return;
    case MoneyState::pending:
      if (is_open(payment)) {
        payment.status = TransactionStatus::pending;
        payment.provider_transaction_id = answer.id;
        payment.look_again_at = work.now() + pending_ms;
      }
      return store(work, payment);
    default:
      if (!is_open(payment)) return store(work, payment);
      if (!answer.id.empty()) payment.provider_transaction_id = answer.id;
      return fail_charge(work, payment, invoice, answer);
  }
}

void settle_refund(UnitOfWork& work, Transaction& refund, Transaction& payment,
                   std::optional<Invoice>& document) {
  bool const note = document && document->type == InvoiceType::credit_note;
  if (note && refund.amount > document->amount_due) {
    // While the provider paid it back, the note was set off against what its invoice owed again
    // (a chargeback): then this takes the payment back, and the invoice owes it.
    document = work.records<Invoice>().find_for_update(document->original_invoice_id.value().value);
    TB_ASSERT(document.has_value());
    refund.invoice_id = document->id;
    settle_taken_back(work, refund, payment, &*document);
  } else if (note) {
    settle_note_refund(work, *document, refund);
    work.records<Invoice>().update(*document);
    if (refundable(payment) == 0) payment.refunded_at = work.now();
    store(work, payment);
  } else {
    settle_taken_back(work, refund, payment, document ? &*document : nullptr);
  }
  work.records<Transaction>().update(refund);
}

void apply_to_refund(UnitOfWork& work, Transaction& refund, std::optional<Invoice>& document,
                     MoneyAnswer const& answer) {
  refund.last_refreshed_at = work.now();
  if (!is_open(refund)) return store(work, refund);
  auto payment =
      work.records<Transaction>().find_for_update(refund.original_transaction_id.value().value);
  TB_ASSERT(payment.has_value());
  if (!answer.id.empty()) refund.provider_transaction_id = answer.id;
  if (answer.state == MoneyState::settled) return settle_refund(work, refund, *payment, document);
  if (answer.state == MoneyState::pending) {
    refund.status = TransactionStatus::pending;
    refund.look_again_at = work.now() + pending_ms;
    return store(work, refund);
  }
  fail_with(work, refund, answer.error_type, answer.error_message);
  payment->refunded_amount -= refund.amount;
  TB_ASSERT(payment->refunded_amount >= 0);
  store(work, *payment);
}

}  // namespace outcomes_detail

Recorded record_outcome(UnitOfWork& work, TransactionId const& id, ProviderOutcome const& outcome) {
  using namespace outcomes_detail;
  // Documents are locked before transactions, as everywhere; the original before its credit note.
  auto const seen = work.records<Transaction>().find(id.value);
  TB_ASSERT(seen.has_value());
  std::optional<Invoice> document;
  if (seen->invoice_id) {
    document = work.records<Invoice>().find(seen->invoice_id->value);
    TB_ASSERT(document.has_value());
    if (document->original_invoice_id)
      work.records<Invoice>().find_for_update(document->original_invoice_id->value);
    document = work.records<Invoice>().find_for_update(seen->invoice_id->value);
  }
  auto transaction = work.records<Transaction>().find_for_update(id.value);
  TB_ASSERT(transaction.has_value());
  Recorded recorded;
  if (!outcome.known) {
    if (transaction->status == TransactionStatus::to_process)
      transaction->look_again_at =
          ask_again_at(transaction->sent_at.value_or(work.now()), work.now());
    if (transaction->status == TransactionStatus::settled)
      transaction->look_again_at = work.now() + hour;
    store(work, *transaction);
    return recorded;
  }
  bool const before = transaction->status == TransactionStatus::settled;
  if (outcome.cancelled) {
    if (transaction->status == TransactionStatus::to_process)
      recorded.next = fall_back(work, *transaction, document, outcome.answer);
    return recorded;
  }
  if (transaction->type == TransactionType::refund) {
    apply_to_refund(work, *transaction, document, outcome.answer);
  } else {
    apply_to_charge(work, *transaction, document, outcome.answer);
    if (!before && transaction->status == TransactionStatus::settled) recorded.settled = 1;
  }
  return recorded;
}

}  // namespace tallybook
