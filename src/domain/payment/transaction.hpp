// Transactions: attempts to move money, allocated to invoices.
#pragma once

#include "domain/invoice/invoice.hpp"

namespace tallybook {

struct TransactionTag {
  static constexpr char const* prefix = "tra";
};
using TransactionId = Id<TransactionTag>;

BOOST_DEFINE_ENUM_CLASS(TransactionType, subscription, one_time, refund, chargeback)
BOOST_DEFINE_ENUM_CLASS(TransactionStatus, scheduled, to_process, pending, settled, cancelled,
                        failed)

// What the money moved by: a payment method of the customer, or his wallet.
BOOST_DEFINE_ENUM_CLASS(TransactionMethod, card, direct_debit, direct_debit_ach, direct_debit_bacs,
                        direct_debit_sepa, transfer, transfer_automated, external, wallet)
[[nodiscard]] TransactionMethod transaction_method(PaymentMethodType type);

// Why an attempt failed (PAY-4).
BOOST_DEFINE_ENUM_CLASS(PaymentErrorType, authentication_required,
                        payment_method_authorization_error, payment_method_declined,
                        payment_method_expired, payment_method_invalid,
                        payment_method_not_supported, declined, fraud, processing_error,
                        provider_error, unknown)

struct Transaction {
  TransactionId id;
  TransactionType type = TransactionType::one_time;
  TransactionStatus status = TransactionStatus::settled;
  std::int64_t amount = 0;  // minor units, positive; the type says the direction
  std::string currency;
  CustomerId customer_id;
  std::optional<EntityId> invoicing_entity_id;  // set where there is no invoice to tell it
  // The invoice it pays, the credit note it pays back, or, of a direct refund and a chargeback, the
  // invoice that is owed again. None: money on account, allocated in parts (TransactionAllocation).
  std::optional<InvoiceId> invoice_id;
  TransactionMethod payment_method_type = TransactionMethod::external;
  std::optional<std::string> payment_method_id;
  std::optional<std::string> wallet_id;
  std::optional<std::string> bank_account_id;
  std::optional<std::string> provider_name;
  std::optional<std::string> provider_id;  // the connected provider account
  std::optional<std::string> provider_transaction_id;
  std::optional<std::string> reference;
  std::optional<TransactionId> original_transaction_id;  // what a refund or chargeback takes back
  std::optional<std::int64_t> provider_fee;              // minor units the provider kept
  std::optional<PaymentErrorType> error_type;
  std::optional<std::string> error_message;
  std::optional<bool> recovered;  // it paid what had been written off
  std::optional<int> attempt;     // 1 for the first automatic attempt on the invoice
  Instant process_at;
  std::optional<Instant> sent_at;        // when the provider was first asked
  std::optional<Instant> look_again_at;  // when the reconciler asks the provider about it
  std::optional<Instant> last_refreshed_at;
  std::optional<Instant> settled_at;
  std::optional<Instant> refunded_at;
  std::int64_t refunded_amount = 0;  // paid back or charged back of it, settled or under way
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(Transaction, (),
                      (id, type, status, amount, currency, customer_id, invoicing_entity_id,
                       invoice_id, payment_method_type, payment_method_id, wallet_id,
                       bank_account_id, provider_name, provider_id, provider_transaction_id,
                       reference, original_transaction_id, provider_fee, error_type, error_message,
                       recovered, attempt, process_at, sent_at, look_again_at, last_refreshed_at,
                       settled_at, refunded_at, refunded_amount, created_at, updated_at))

// Columns of a settled transaction that may still change; the rest is part of the facts its ledger
// entry covers.
inline constexpr std::array transaction_changing_columns = {
    std::string_view("look_again_at"), std::string_view("last_refreshed_at"),
    std::string_view("refunded_at"), std::string_view("refunded_amount"),
    std::string_view("updated_at")};

struct AllocationTag {
  static constexpr char const* prefix = "tal";
};
using AllocationId = Id<AllocationTag>;

// A part of a settled transaction without an invoice of its own that pays an invoice.
struct TransactionAllocation {
  AllocationId id;
  TransactionId transaction_id;
  InvoiceId invoice_id;
  std::int64_t amount = 0;
  std::optional<bool> recovered;  // it paid what had been written off
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(TransactionAllocation, (),
                      (id, transaction_id, invoice_id, amount, recovered, created_at))

// Issued, owed and no credit note: to_pay, partially_paid, error or uncollectible.
[[nodiscard]] bool takes_payment(Invoice const& invoice);

// Whether a payment of `amount` may be recorded on the invoice; `already_planned` is what
// scheduled transactions will take. 409 names the state, 400 the amount that is left.
[[nodiscard]] Result<void> may_record_payment(Invoice const& invoice, std::int64_t amount,
                                              std::int64_t already_planned);

}  // namespace tallybook
