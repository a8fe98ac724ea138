// When and with what an issued invoice is collected.
#pragma once

#include "app/invoice/invoicing.hpp"
#include "app/payment/provider_calls.hpp"

namespace tallybook {

// Sets collect_at of an invoice that is being issued, when there is something to collect it with.
void plan_collection(UnitOfWork& work, InvoiceParties const& parties, Invoice& invoice);

// What payments of an invoice will still bring: under way at a provider, and planned.
struct ComingPayments {
  std::int64_t under_way = 0;
  std::int64_t planned = 0;
  std::optional<TransactionId> first_under_way;
  int attempt = 1;  // the number of the next automatic attempt: 1 after a success
};
ComingPayments coming_payments(SqlSession& sql, Tenant const& tenant, InvoiceId const& invoice);

// The moment of collect_at: the wallet gives what it can, the rest becomes an order to the provider
// of the customer's method. Stores the invoice.
void collect_invoice(UnitOfWork& work, Invoice invoice);
// Makes a planned payment an order to the provider of its method. Stores neither.
void order_planned(UnitOfWork& work, Invoice& invoice, Transaction& payment,
                   PaymentMethod const& method);

struct ChargeTerms {
  std::optional<std::string> payment_method_id;  // absent: the invoice's, else the customer's
  std::optional<std::int64_t> amount;            // absent: all that is owed and not on its way
};
// Orders a charge of the invoice now; asked by a person, in place of the next planned attempt when
// it is for all that is owed. Stores the invoice and the order. Empty: the wallet paid everything.
Result<std::optional<ProviderCall>> order_charge(UnitOfWork& work, InvoiceId const& id,
                                                 ChargeTerms const& terms);
// order_charge, the provider and its answer. A refused charge is a success of this call: the
// invoice's transactions say what came of it.
Result<void> charge_invoice(Services& services, Tenant const& tenant, InvoiceId const& id,
                            ChargeTerms const& terms);

}  // namespace tallybook
