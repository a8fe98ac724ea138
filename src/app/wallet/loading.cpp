#include "app/wallet/loading.hpp"

#include "app/invoice/crediting.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/payment/settling.hpp"
#include "app/wallet/documents.hpp"
#include "app/wallet/movements.hpp"
#include "base/assert.hpp"
#include "money/money.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace loading_detail {

Result<void> check_room(Wallet const& wallet, std::int64_t amount, char const* field) {
  if (amount <= 0 || amount > max_amount_minor - wallet.balance)
    return fail(errors::invalid_field(
        field, "expected a positive number of minor units, up to a balance of 10^15"));
  return {};
}

// Each way of loading with the fields it has no use for.
Result<void> check_shape(NewLoad const& load) {
  bool const free = load.type == AutoLoadType::free;
  auto const refuse = [](bool present, char const* field, char const* why) -> Result<void> {
    if (present) return fail(errors::invalid_field(field, why));
    return {};
  };
  bool const outside = load.date || load.bank_account_id || load.reference;
  bool const from = load.transaction_id || load.invoice_id;
  bool const gift = free || load.amount_free;
  TB_CHECK(refuse(free && from, load.transaction_id ? "transaction_id" : "invoice_id",
                  "a free load has no payment behind it"));
  TB_CHECK(refuse(load.transaction_id && load.invoice_id, "invoice_id",
                  "give transaction_id or invoice_id, one of them"));
  TB_CHECK(refuse(from && (load.amount || load.amount_free), "amount",
                  "the amount follows from the payment or the invoice"));
  TB_CHECK(refuse(!load.invoice_id && !load.invoice_line_item_ids.empty(), "invoice_line_item_ids",
                  "only with invoice_id"));
  TB_CHECK(refuse(outside && (free || from), "date",
                  "date, bank_account_id and reference describe a payment made outside"));
  TB_CHECK(refuse(outside && !load.amount, "amount", "required: what was paid outside"));
  TB_CHECK(refuse(load.document_status && !gift, "document_status",
                  "only of a free load: the status of its credit note"));
  TB_CHECK(
      refuse(free && load.amount && load.amount_free, "amount_free", "a free load has one amount"));
  TB_CHECK(refuse(!from && !load.amount && !load.amount_free, "amount", "required"));
  if (load.document_status && *load.document_status != "draft" &&
      *load.document_status != "to_pay" && *load.document_status != "paid")
    return fail(errors::invalid_field("document_status", "expected draft, to_pay or paid"));
  if (load.comment && load.comment->size() > 1000)
    return fail(errors::invalid_field("comment", "expected at most 1000 characters"));
  return {};
}

Result<void> load_free(UnitOfWork& work, Wallet const& wallet, WalletSettings const& settings,
                       NewLoad const& load, std::int64_t amount, char const* field) {
  if (!settings.allow_free_credits)
    return fail(
        errors::conflict("Free loads are off; switch them on first (PATCH /v1/wallets/settings, "
                         "allow_free_credits)"));
  TB_CHECK(check_room(wallet, amount, field));
  return give_to_wallet(work, wallet, amount, load.comment, load.document_status == "draft");
}

// Paid outside, or charged on the method that collecting found for the document.
Result<void> load_paid(UnitOfWork& work, Wallet const& wallet, NewLoad const& load) {
  TB_CHECK(check_room(wallet, *load.amount, "amount"));
  bool const outside = load.date || load.bank_account_id || load.reference;
  if (load.date && *load.date > work.now())
    return fail(errors::invalid_field("date", "expected a moment that is not ahead"));
  auto document = issue_advance(work, wallet, *load.amount, load.comment,
                                outside ? PaymentStrategy::external : PaymentStrategy::current,
                                load.bank_account_id);
  auto& invoice = document.invoice;
  if (!outside && invoice.collect_at) return {};
  Transaction payment;
  payment.id = work.new_id<TransactionTag>();
  payment.amount = invoice.amount_due;
  payment.currency = invoice.currency;
  payment.customer_id = invoice.customer_id;
  payment.invoice_id = invoice.id;
  payment.bank_account_id = load.bank_account_id;
  payment.reference = load.reference;
  payment.process_at = load.date.value_or(work.now());
  payment.created_at = payment.updated_at = work.now();
  settle_payment(work, invoice, payment);
  work.records<Transaction>().insert(payment);
  work.records<Invoice>().update(invoice);
  return {};
}

Result<void> load_on_account(UnitOfWork& work, Wallet const& wallet, NewLoad const& load) {
  auto const payment = work.records<Transaction>().find_for_update(*load.transaction_id);
  if (!payment || payment->customer_id != wallet.customer_id)
    return fail(errors::invalid_field("transaction_id", "the customer has no such payment"));
  bool const in =
      payment->type == TransactionType::one_time || payment->type == TransactionType::subscription;
  if (!in || payment->invoice_id || payment->status != TransactionStatus::settled)
    return fail(
        errors::conflict("The transaction is " + std::string(reflect::enum_name(payment->status)) +
                         (payment->invoice_id ? " and pays a document" : "") +
                         "; only a settled payment without an invoice of its own can be loaded"));
  if (payment->currency != wallet.currency)
    return fail(errors::invalid_field("transaction_id", "the payment is in " + payment->currency +
                                                            ", the wallet in " + wallet.currency));
  std::int64_t left = refundable(*payment);
  for (auto const& part :
       work.records<TransactionAllocation>().where("transaction_id = ?", {payment->id.value}))
    left -= part.amount;
  if (left <= 0)
    return fail(
        errors::conflict("All of the payment is allocated or refunded; nothing is left to "
                         "load"));
  TB_CHECK(check_room(wallet, left, "transaction_id"));
  auto document = issue_advance(work, wallet, left, load.comment, PaymentStrategy::external, {});
  allocate_payment(work, *payment, document.invoice, left);
  return {};
}

Result<void> load_paid_invoice(UnitOfWork& work, Wallet const& wallet, NewLoad const& load) {
  auto const invoice = work.records<Invoice>().find_for_update(*load.invoice_id);
  if (!invoice || invoice->customer_id != wallet.customer_id)
    return fail(errors::invalid_field("invoice_id", "the customer has no such invoice"));
  if (invoice->status != InvoiceStatus::paid || invoice->type == InvoiceType::credit_note)
    return fail(errors::conflict("The invoice is " +
                                 std::string(reflect::enum_name(invoice->status)) +
                                 "; only a paid one can be credited to the wallet"));
  NewCreditNote wanted;
  wanted.refund_method = RefundMethod::wallet;
  for (auto const& line : load.invoice_line_item_ids) wanted.lines.push_back({line, {}});
  TB_TRY(note, create_credit_note(work, invoice->id, wanted));
  auto row = work.records<WalletTransaction>().first("invoice_id = ?", {note.invoice.id.value});
  TB_ASSERT(row.has_value());
  row->comment = load.comment;
  work.records<WalletTransaction>().update(*row);
  return {};
}

// The document a load came by, locked before the wallet.
std::optional<Invoice> lock_document(UnitOfWork& work, WalletTransaction const& load) {
  if (!load.invoice_id) return std::nullopt;
  return work.records<Invoice>().find_for_update(load.invoice_id->value);
}

Result<void> may_revert(Wallet const& wallet, WalletTransaction const& load) {
  if (load.type == WalletTransactionType::debit)
    return fail(errors::conflict("The movement is a debit; only loads can be reverted"));
  if (load.reverted_by)
    return fail(errors::conflict("The load was reverted already by " + load.reverted_by->value));
  if (load.original_transaction_id)
    return fail(errors::conflict(
        "The movement gives a payment back to the wallet; only loads can be reverted"));
  if (wallet.balance < load.amount)
    return fail(errors::conflict("The load of " + std::to_string(load.amount) +
                                 " was spent in part: the balance is " +
                                 std::to_string(wallet.balance) +
                                 " minor units; a load is reverted while the balance covers it"));
  return {};
}

void void_document(UnitOfWork& work, Invoice& document) {
  document.reverted_at = work.now();
  update_settlement(document, work.now());
  work.records<Invoice>().update(document);
}

// Money that was paid stands on the customer's account again.
std::string put_on_account(UnitOfWork& work, Wallet const& wallet, WalletTransaction const& load) {
  Transaction back;
  back.id = work.new_id<TransactionTag>();
  back.amount = load.amount;
  back.currency = wallet.currency;
  back.customer_id = wallet.customer_id;
  back.payment_method_type = TransactionMethod::wallet;
  back.wallet_id = wallet.id.value;
  back.process_at = back.created_at = work.now();
  settle_on_account(work, back, load.invoicing_entity_id);
  work.records<Transaction>().insert(back);
  return back.id.value;
}

}  // namespace loading_detail

Result<Wallet> load_wallet(UnitOfWork& work, WalletId const& id, NewLoad const& load) {
  using namespace loading_detail;
  auto const wallet = work.records<Wallet>().find(id.value);
  if (!wallet) return fail(errors::not_found("Wallet"));
  TB_TRY(settings, enabled_wallets(work));
  TB_CHECK(check_shape(load));
  if (load.transaction_id) {
    TB_CHECK(load_on_account(work, *wallet, load));
  } else if (load.invoice_id) {
    TB_CHECK(load_paid_invoice(work, *wallet, load));
  } else if (load.type == AutoLoadType::free) {
    bool const beside = load.amount_free.has_value();
    TB_CHECK(load_free(work, *wallet, settings, load, beside ? *load.amount_free : *load.amount,
                       beside ? "amount_free" : "amount"));
  } else {
    if (load.amount && load.amount_free) {
      auto const customer = work.records<Customer>().find(wallet->customer_id.value);
      TB_ASSERT(customer.has_value());
      lock_numbers(work, customer->invoicing_entity_id, InvoiceType::credit_note);
    }
    if (load.amount) {
      TB_CHECK(load_paid(work, *wallet, load));
    }
    if (load.amount_free) {
      TB_CHECK(load_free(work, *wallet, settings, load, *load.amount_free, "amount_free"));
    }
  }
  return *work.records<Wallet>().find(id.value);
}

Result<WalletTransaction> revert_load(UnitOfWork& work, WalletId const& id,
                                      WalletTransactionId const& load_id) {
  using namespace loading_detail;
  auto const seen = work.records<WalletTransaction>().find(load_id.value);
  if (!seen || seen->wallet_id != id) return fail(errors::not_found("Wallet transaction"));
  auto document = lock_document(work, *seen);
  auto wallet = work.records<Wallet>().find_for_update(id.value);
  if (!wallet) return fail(errors::not_found("Wallet"));
  auto const load = *work.records<WalletTransaction>().find_for_update(load_id.value);
  TB_CHECK(may_revert(*wallet, load));
  bool const gift = load.type == WalletTransactionType::credit_free;
  TB_ASSERT(!gift || document.has_value());
  WalletMovement movement;
  movement.amount = load.amount;
  movement.entity = load.invoicing_entity_id;
  movement.invoice_id = load.invoice_id;
  movement.original = load.id;
  if (!gift) movement.source_id = put_on_account(work, *wallet, load);
  auto const debit = move_wallet(work, *wallet, movement);
  if (gift)
    work.post(EntryKind::wallet_reverted, load.invoicing_entity_id, wallet->customer_id,
              wallet->currency, debit.id.value, postings_of_reverted_gift(*document),
              Records<WalletTransaction>::facts(debit, wallet_transaction_changing_columns));
  if (document && document->type != InvoiceType::credit_note) void_document(work, *document);
  if (gift) void_document(work, *document);
  auto reverted = *work.records<WalletTransaction>().find(load_id.value);
  reverted.reverted_by = debit.id;
  work.records<WalletTransaction>().update(reverted);
  return debit;
}

}  // namespace tallybook
