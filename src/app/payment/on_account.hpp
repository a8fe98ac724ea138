// Money of a customer that no invoice named: recorded, given to invoices, paid back; and one-time
// sales.
#pragma once

#include "app/payment/collecting.hpp"

namespace tallybook {

struct AllocationTerms {
  InvoiceId invoice_id;
  std::int64_t amount = 0;
};
struct NewAccountPayment {
  CustomerId customer_id;
  std::int64_t amount = 0;
  std::string currency;
  std::optional<std::string> reference;
  std::optional<std::string> bank_account_id;
  TransactionMethod method = TransactionMethod::transfer;
  std::vector<AllocationTerms> allocations;
};
// A payment that arrived outside, settled now, with the parts of it that invoices take. All or
// nothing.
Result<Transaction> record_on_account(UnitOfWork& work, NewAccountPayment const& payment);
// Gives parts of what is left of it to invoices of the same customer and currency. 409 when it is
// no settled payment on account, 400 with what is left.
Result<Transaction> allocate(UnitOfWork& work, TransactionId const& id,
                             std::vector<AllocationTerms> const& parts);
// What no invoice and no refund has taken of a payment on account.
std::int64_t unallocated(UnitOfWork& work, Transaction const& payment);

// Pays the whole rest of a settled payment back without a credit note (CRN-5): the invoice is owed
// again. By the provider that took it, or recorded at once when nobody took it for us. Returns the
// refund as it stands after the provider's answer. 409 naming what stands against it.
Result<Transaction> refund_transaction(Services& services, Tenant const& tenant,
                                       TransactionId const& id);

struct OneTimeProduct {
  std::string product_id;
  std::optional<std::string> name;
  std::int64_t amount = 0;  // minor units, without tax
};
struct OneTimePayment {
  CustomerId customer_id;
  std::vector<OneTimeProduct> products;
  std::optional<std::string> purchase_order;
  std::optional<std::string> custom_note;
  std::optional<PaymentMethodType> payment_method_type;  // transfer or external: nobody is charged
  std::optional<std::string> payment_method_id;
};
// Issues the invoice of a one-time sale and orders its charge in the same transaction.
struct OneTimeSold {
  InvoiceId invoice_id;
  std::optional<ProviderCall> call;
};
Result<OneTimeSold> sell_one_time(UnitOfWork& work, OneTimePayment const& payment);

}  // namespace tallybook
