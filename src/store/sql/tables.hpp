// The table of each stored struct. Records<T> of these are compiled once, in tables_*.cpp.
#pragma once

#include "domain/credit/credit.hpp"
#include "domain/entity/invoicing_entity.hpp"
#include "domain/ledger/ledger.hpp"
#include "domain/payment/transaction.hpp"
#include "store/sql/records.hpp"

#define TB_TABLE(type, table)                  \
  template <>                                  \
  struct TableOf<type> {                       \
    static constexpr char const* name = table; \
    static constexpr char const* key = "id";   \
  };                                           \
  extern template class Records<type>

namespace tallybook {

TB_TABLE(InvoicingEntity, "invoicing_entities");
TB_TABLE(Customer, "customers");
TB_TABLE(Product, "products");
TB_TABLE(PriceConfiguration, "price_configurations");
TB_TABLE(Aggregator, "aggregators");
TB_TABLE(Subscription, "subscriptions");
TB_TABLE(SubscriptionPhase, "subscription_phases");
TB_TABLE(SubscriptionLine, "subscription_lines");
TB_TABLE(Invoice, "invoices");
TB_TABLE(InvoiceLine, "invoice_lines");
TB_TABLE(Transaction, "transactions");
TB_TABLE(CustomerCredit, "customer_credits");
TB_TABLE(CreditGrant, "credit_grants");
TB_TABLE(CreditTransaction, "credit_transactions");

}  // namespace tallybook
