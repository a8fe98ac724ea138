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

struct Transaction {
  TransactionId id;
  TransactionType type = TransactionType::one_time;
  TransactionStatus status = TransactionStatus::settled;
  std::int64_t amount = 0;  // minor units, positive; the type says the direction
  std::string currency;
  CustomerId customer_id;
  InvoiceId invoice_id;  // what it is allocated to
  PaymentMethodType payment_method_type = PaymentMethodType::external;
  std::optional<std::string> bank_account_id;
  std::optional<std::string> provider_name;
  std::optional<std::string> provider_id;
  std::optional<std::string> provider_transaction_id;
  Instant process_at;
  std::optional<Instant> settled_at;
  std::optional<Instant> refunded_at;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(Transaction, (),
                      (id, type, status, amount, currency, customer_id, invoice_id,
                       payment_method_type, bank_account_id, provider_name, provider_id,
                       provider_transaction_id, process_at, settled_at, refunded_at, created_at,
                       updated_at))

// Whether a payment of `amount` may be recorded on the invoice; `already_planned` is what
// scheduled transactions will take. 409 names the state, 400 the amount that is left.
[[nodiscard]] Result<void> may_record_payment(Invoice const& invoice, std::int64_t amount,
                                              std::int64_t already_planned);

}  // namespace tallybook
