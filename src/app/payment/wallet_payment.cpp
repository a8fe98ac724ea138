#include "app/payment/wallet_payment.hpp"

#include <algorithm>

#include "app/payment/settling.hpp"
#include "app/wallet/movements.hpp"
#include "app/wallet/wallets.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace wallet_payment_detail {

bool payable(Invoice const& invoice) {
  bool const open =
      invoice.status == InvoiceStatus::to_pay || invoice.status == InvoiceStatus::partially_paid;
  return open && invoice.type != InvoiceType::credit_note && invoice.amount_due > 0 &&
         invoice.revenue_kind != RevenueKind::wallet && !invoice.imported.value_or(false) &&
         invoice.payment_method_strategy != PaymentStrategy::external;
}

// What planned and running payments will take, and what wallets paid already.
struct Taken {
  std::int64_t planned = 0;
  std::int64_t by_wallet = 0;
};
Taken taken(UnitOfWork& work, Invoice const& invoice) {
  Taken sums;
  for (auto const& payment : invoice_transactions(work.sql(), work.tenant(), invoice.id)) {
    if (payment.type == TransactionType::refund || payment.type == TransactionType::chargeback)
      continue;
    if (payment.status == TransactionStatus::scheduled ||
        payment.status == TransactionStatus::to_process ||
        payment.status == TransactionStatus::pending)
      sums.planned = checked_add(sums.planned, payment.amount);
    if (payment.status == TransactionStatus::settled &&
        payment.payment_method_type == TransactionMethod::wallet)
      sums.by_wallet = checked_add(sums.by_wallet, refundable(payment));
  }
  return sums;
}

// With tax, of the products that wallets may pay; empty: every line.
std::optional<std::int64_t> eligible(UnitOfWork& work, WalletSettings const& settings,
                                     Invoice const& invoice, std::int64_t by_wallet) {
  if (settings.product_ids.empty()) return std::nullopt;
  std::int64_t sum = 0;
  for (auto const& line : invoice_lines(work.sql(), work.tenant(), invoice.id)) {
    bool const is_one =
        line.product_id && std::ranges::find(settings.product_ids, line.product_id->value) !=
                               settings.product_ids.end();
    if (is_one) sum = checked_add(sum, line.amount);
  }
  return std::max<std::int64_t>(sum - by_wallet, 0);
}

}  // namespace wallet_payment_detail

std::int64_t pay_from_wallet(UnitOfWork& work, Invoice& invoice) {
  using namespace wallet_payment_detail;
  if (!payable(invoice)) return 0;
  auto const settings = wallet_settings(work.sql(), work.tenant());
  if (!settings.enabled) return 0;
  auto wallet = lock_wallet_of(work, invoice.customer_id);
  if (!wallet || wallet->state != WalletState::active || wallet->balance == 0 ||
      wallet->currency != invoice.currency)
    return 0;
  auto const sums = taken(work, invoice);
  std::int64_t const amount = wallet_share(invoice.amount_due - sums.planned, wallet->balance,
                                           Currency::parse(invoice.currency).value_or(Currency()),
                                           eligible(work, settings, invoice, sums.by_wallet));
  if (amount <= 0) return 0;
  Transaction payment;
  payment.id = work.new_id<TransactionTag>();
  payment.type =
      invoice.subscription_id ? TransactionType::subscription : TransactionType::one_time;
  payment.amount = amount;
  payment.currency = invoice.currency;
  payment.customer_id = invoice.customer_id;
  payment.invoice_id = invoice.id;
  payment.payment_method_type = TransactionMethod::wallet;
  payment.wallet_id = wallet->id.value;
  payment.process_at = payment.created_at = work.now();
  settle_payment(work, invoice, payment);
  work.records<Transaction>().insert(payment);
  WalletMovement movement;
  movement.amount = amount;
  movement.entity = invoice.invoicing_entity_id;
  movement.invoice_id = invoice.id;
  movement.source_id = payment.id.value;
  move_wallet(work, *wallet, movement);
  return amount;
}

Result<InvoiceWithLines> undo_wallet_payment(UnitOfWork& work, InvoiceId const& id,
                                             TransactionId const& transaction) {
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  if (!invoice) return fail(errors::not_found("Invoice"));
  auto payment = work.records<Transaction>().find_for_update(transaction.value);
  if (!payment || payment->invoice_id != id) return fail(errors::not_found("Transaction"));
  bool const debit = payment->status == TransactionStatus::settled &&
                     payment->payment_method_type == TransactionMethod::wallet &&
                     payment->type != TransactionType::refund &&
                     invoice->type != InvoiceType::credit_note;
  if (!debit || payment->refunded_amount > 0)
    return fail(errors::conflict(
        "The transaction is " + std::string(reflect::enum_name(payment->status)) +
        (payment->refunded_amount > 0 ? " and was given back" : "") +
        "; only a scheduled payment or a wallet's settled payment can be deleted"));
  Transaction refund;
  refund.id = work.new_id<TransactionTag>();
  refund.type = TransactionType::refund;
  refund.amount = payment->amount;
  refund.currency = payment->currency;
  refund.customer_id = payment->customer_id;
  refund.invoice_id = id;
  refund.payment_method_type = TransactionMethod::wallet;
  refund.wallet_id = payment->wallet_id;
  refund.original_transaction_id = payment->id;
  refund.process_at = refund.created_at = work.now();
  payment->refunded_amount = payment->amount;
  settle_taken_back(work, refund, *payment, &*invoice);
  work.records<Transaction>().insert(refund);
  return InvoiceWithLines{*invoice, invoice_lines(work.sql(), work.tenant(), id)};
}

Result<void> may_refund_load(UnitOfWork& work, Invoice const& document, std::int64_t amount) {
  if (document.revenue_kind != RevenueKind::wallet) return {};
  auto const wallet = lock_wallet_of(work, document.customer_id);
  std::int64_t const balance = wallet ? wallet->balance : 0;
  if (balance < amount)
    return fail(errors::conflict("The payment loaded a wallet that holds " +
                                 std::to_string(balance) +
                                 " minor units now; it is refunded while the balance covers it"));
  return {};
}

}  // namespace tallybook
