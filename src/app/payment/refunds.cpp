#include "app/payment/refunds.hpp"

#include <algorithm>

#include "app/invoice/invoicing.hpp"
#include "app/payment/payments.hpp"
#include "app/payment/provider_calls.hpp"
#include "app/payment/settling.hpp"
#include "app/wallet/wallets.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook {

Result<void> refund_to_wallet(UnitOfWork& work, Invoice& note) {
  TB_CHECK(enabled_wallets(work));
  TB_TRY(wallet, wallet_for(work, note.customer_id, note.currency));
  Transaction refund;
  refund.id = work.new_id<TransactionTag>();
  refund.type = TransactionType::refund;
  refund.amount = note.amount_due;
  refund.currency = note.currency;
  refund.customer_id = note.customer_id;
  refund.invoice_id = note.id;
  refund.payment_method_type = TransactionMethod::wallet;
  refund.wallet_id = wallet.id.value;
  refund.process_at = refund.created_at = work.now();
  settle_note_refund(work, note, refund);
  work.records<Transaction>().insert(refund);
  return {};
}

bool wallet_takes_refunds(UnitOfWork& work, CustomerId const& customer,
                          std::string const& currency) {
  if (!wallet_settings(work.sql(), work.tenant()).enabled) return false;
  auto const wallet = work.records<Wallet>().first("customer_id = ?", {customer.value});
  return !wallet || wallet->currency == currency;
}

namespace refunds_detail {

// Settled payments of the invoice, and payments on account it took a part of, each with what may go
// back to it for this invoice.
struct Source {
  Transaction payment;
  std::int64_t most = 0;
};
std::vector<Source> sources_of(UnitOfWork& work, InvoiceId const& invoice) {
  std::vector<Source> sources;
  for (auto& payment : invoice_transactions(work.sql(), work.tenant(), invoice)) {
    bool const money_in =
        payment.type == TransactionType::subscription || payment.type == TransactionType::one_time;
    if (money_in && payment.status == TransactionStatus::settled)
      sources.push_back({payment, refundable(payment)});
  }
  for (auto const& part : work.records<TransactionAllocation>().where(
           "invoice_id = ? ORDER BY created_at, id", {invoice.value})) {
    auto const payment = work.records<Transaction>().find_for_update(part.transaction_id.value);
    TB_ASSERT(payment.has_value());
    auto const same = std::ranges::find(sources, payment->id,
                                        [](Source const& source) { return source.payment.id; });
    if (same == sources.end()) {
      sources.push_back({*payment, std::min(part.amount, refundable(*payment))});
    } else {
      same->most = std::min(same->most + part.amount, refundable(*payment));
    }
  }
  return sources;
}

}  // namespace refunds_detail

void refund_to_original(UnitOfWork& work, Invoice& note) {
  if (!note.original_invoice_id) return;
  std::int64_t left = note.amount_due;
  auto sources = refunds_detail::sources_of(work, *note.original_invoice_id);
  for (auto const& lowered : lowered_by(work, *note.original_invoice_id)) {
    for (auto& source : refunds_detail::sources_of(work, lowered)) {
      auto const same = std::ranges::find(sources, source.payment.id,
                                          [](auto const& known) { return known.payment.id; });
      if (same == sources.end())
        sources.push_back(std::move(source));
      else
        same->most = std::min(checked_add(same->most, source.most), refundable(same->payment));
    }
  }
  for (auto& [payment, most] : sources) {
    std::int64_t const amount = std::min(left, most);
    if (amount <= 0) continue;
    left -= amount;
    // By the provider that took it: the note is settled when the provider has answered.
    auto refund = intend_refund(work, payment, note.id, amount);
    if (payment.sent_at && payment.provider_name && payment.payment_method_id) continue;
    refund.look_again_at.reset();
    settle_note_refund(work, note, refund);
    work.records<Transaction>().update(refund);
  }
}

Result<void> refuse_while_collecting(UnitOfWork& work, Invoice const& invoice) {
  for (auto const& payment : invoice_transactions(work.sql(), work.tenant(), invoice.id)) {
    bool const under_way = payment.status == TransactionStatus::to_process ||
                           payment.status == TransactionStatus::pending;
    if (under_way && payment.type != TransactionType::refund)
      return fail(errors::conflict("Payment " + payment.id.value + " of the invoice is " +
                                   std::string(reflect::enum_name(payment.status)) +
                                   "; wait until the provider has answered"));
  }
  return {};
}

void cancel_planned(UnitOfWork& work, InvoiceId const& invoice) {
  for (auto& payment : invoice_transactions(work.sql(), work.tenant(), invoice)) {
    if (payment.status != TransactionStatus::scheduled) continue;
    payment.status = TransactionStatus::cancelled;
    payment.updated_at = work.now();
    work.records<Transaction>().update(payment);
  }
}

}  // namespace tallybook
