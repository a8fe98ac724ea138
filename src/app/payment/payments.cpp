#include "app/payment/payments.hpp"

#include "app/payment/collecting.hpp"
#include "app/payment/payment_methods.hpp"
#include "app/payment/settling.hpp"
#include "app/payment/wallet_payment.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook {

Result<InvoiceWithLines> record_payment(UnitOfWork& work, InvoiceId const& id,
                                        NewPayment const& payment) {
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  if (!invoice) return fail(errors::not_found("Invoice"));
  auto const coming = coming_payments(work.sql(), work.tenant(), id);
  TB_CHECK(
      may_record_payment(*invoice, payment.amount, checked_add(coming.planned, coming.under_way)));
  Transaction transaction;
  transaction.id = work.new_id<TransactionTag>();
  transaction.type =
      invoice->subscription_id ? TransactionType::subscription : TransactionType::one_time;
  transaction.amount = payment.amount;
  transaction.currency = invoice->currency;
  transaction.customer_id = invoice->customer_id;
  transaction.invoice_id = invoice->id;
  transaction.payment_method_type = payment.method;
  if (payment.payment_method_id) {
    if (payment.process_at <= work.now())
      return fail(
          errors::invalid_field("payment_method_id",
                                "only a payment planned for later is charged; to charge now, use "
                                "POST /v1/invoices/{id}/charge"));
    TB_TRY(method, chargeable_method(work, invoice->customer_id, *payment.payment_method_id));
    transaction.payment_method_id = method.id.value;
    transaction.payment_method_type = transaction_method(method.type);
  }
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
  settle_payment(work, *invoice, transaction);
  work.records<Transaction>().insert(transaction);
  work.records<Invoice>().update(*invoice);
  return InvoiceWithLines{*invoice, invoice_lines(work.sql(), work.tenant(), id)};
}

bool settle_planned(UnitOfWork& work, Transaction transaction) {
  TB_ASSERT(transaction.invoice_id.has_value());
  auto invoice = work.records<Invoice>().find_for_update(transaction.invoice_id->value);
  TB_ASSERT(invoice.has_value());
  auto const coming = coming_payments(work.sql(), work.tenant(), invoice->id);
  transaction.updated_at = work.now();
  if (!takes_payment(*invoice) || transaction.amount > invoice->amount_due - coming.under_way) {
    // Paid, credited or being charged meanwhile: money is never taken twice.
    transaction.status = TransactionStatus::cancelled;
    work.records<Transaction>().update(transaction);
    return false;
  }
  if (transaction.payment_method_id) {
    auto const method =
        chargeable_method(work, invoice->customer_id, *transaction.payment_method_id);
    if (!method) {
      transaction.status = TransactionStatus::failed;
      transaction.error_type = PaymentErrorType::payment_method_invalid;
      transaction.error_message = method.error().message;
      work.records<Transaction>().update(transaction);
      return false;
    }
    order_planned(work, *invoice, transaction, *method);
    work.records<Transaction>().update(transaction);
    work.records<Invoice>().update(*invoice);
    return false;
  }
  settle_payment(work, *invoice, transaction);
  work.records<Transaction>().update(transaction);
  work.records<Invoice>().update(*invoice);
  return true;
}

Result<void> cancel_planned_payment(UnitOfWork& work, InvoiceId const& invoice,
                                    TransactionId const& id) {
  if (!work.records<Invoice>().find_for_update(invoice.value))
    return fail(errors::not_found("Invoice"));
  auto transaction = work.records<Transaction>().find_for_update(id.value);
  if (!transaction || transaction->invoice_id != invoice)
    return fail(errors::not_found("Transaction"));
  if (transaction->status != TransactionStatus::scheduled) {
    // What a wallet paid can go back into it; everything else that moved is refunded.
    TB_CHECK(undo_wallet_payment(work, invoice, id));
    return {};
  }
  transaction->status = TransactionStatus::cancelled;
  transaction->updated_at = work.now();
  work.records<Transaction>().update(*transaction);
  return {};
}

void refund_outside(UnitOfWork& work, Invoice& note) {
  if (note.amount_due <= 0) return;
  Transaction refund;
  refund.id = work.new_id<TransactionTag>();
  refund.type = TransactionType::refund;
  refund.amount = note.amount_due;
  refund.currency = note.currency;
  refund.customer_id = note.customer_id;
  refund.invoice_id = note.id;
  refund.process_at = refund.created_at = work.now();
  settle_note_refund(work, note, refund);
  work.records<Transaction>().insert(refund);
}

}  // namespace tallybook
