// The table of each stored struct. Records<T> of these are compiled once, in tables_*.cpp.
#pragma once

#include "domain/catalogue/plan.hpp"
#include "domain/catalogue/price_book.hpp"
#include "domain/coupon/carrying.hpp"
#include "domain/credit/credit.hpp"
#include "domain/entity/invoicing_entity.hpp"
#include "domain/ledger/ledger.hpp"
#include "domain/payment/payment_method.hpp"
#include "domain/payment/transaction.hpp"
#include "domain/revenue/recognition.hpp"
#include "domain/subscription/changes.hpp"
#include "domain/tax/external_tax.hpp"
#include "domain/tax/tax_number_check.hpp"
#include "domain/tax/tax_rate.hpp"
#include "domain/wallet/wallet.hpp"
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
TB_TABLE(PriceBook, "price_books");
TB_TABLE(Plan, "plans");
TB_TABLE(Subscription, "subscriptions");
TB_TABLE(SubscriptionPhase, "subscription_phases");
TB_TABLE(SubscriptionLine, "subscription_lines");
TB_TABLE(Coupon, "coupons");
TB_TABLE(PromotionCode, "promotion_codes");
TB_TABLE(AttachedCoupon, "subscription_coupons");
TB_TABLE(CouponCarryOver, "coupon_carry_overs");
TB_TABLE(SubscriptionUpdate, "subscription_updates");
TB_TABLE(PendingCharge, "pending_charges");
TB_TABLE(SubscriptionTransition, "subscription_transitions");
TB_TABLE(SubscriptionTemplate, "subscription_templates");
TB_TABLE(TemplateConfiguration, "template_configurations");
TB_TABLE(Invoice, "invoices");
TB_TABLE(InvoiceLine, "invoice_lines");
TB_TABLE(Transaction, "transactions");
TB_TABLE(RevenueSchedule, "revenue_schedules");
TB_TABLE(TransactionAllocation, "transaction_allocations");
TB_TABLE(PaymentMethod, "payment_methods");
TB_TABLE(ProviderOrder, "provider_orders");
TB_TABLE(CustomerCredit, "customer_credits");
TB_TABLE(CreditGrant, "credit_grants");
TB_TABLE(CreditUse, "credit_uses");
TB_TABLE(CreditTransaction, "credit_transactions");
TB_TABLE(TaxRate, "tax_rates");
TB_TABLE(TaxNumberCheck, "tax_number_checks");
TB_TABLE(ExternalTax, "external_taxes");
TB_TABLE(Wallet, "wallets");
TB_TABLE(WalletTransaction, "wallet_transactions");
TB_TABLE(WalletSettings, "wallet_settings");

}  // namespace tallybook
