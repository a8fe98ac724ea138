// Transactions with what belongs to them, for reading.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

struct ChargebackView {
  Transaction transaction;
  bool won = false;  // the money came back again
};
struct TransactionView {
  Transaction transaction;
  std::vector<TransactionAllocation> allocations;  // of money on account
  std::optional<PaymentMethod> method;
  std::optional<ChargebackView> chargeback;  // the latest
};
TransactionView view_of(SqlSession& sql, Tenant const& tenant, Transaction transaction);
// Those of the invoice, and payments on account that it took a part of.
std::vector<TransactionView> transaction_views(SqlSession& sql, Tenant const& tenant,
                                               InvoiceId const& invoice);

}  // namespace tallybook
