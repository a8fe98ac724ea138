// Credits of a customer: open, settings, top up, purchase, use, expire. Usage from events is folded
// into the balance before anything else touches or shows it, and by the scheduler.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

struct NewCredit {
  ProductId product_id;
  std::optional<std::string> name;
  Exact current_balance;
  std::optional<Exact> low_count_threshold;
  std::optional<CreditAutoTopup> auto_topup;
  // What is there already of the usage from then on is taken as catch_up_usage is called.
  std::optional<Instant> counts_from = {};
};
// 409 when the customer has one of this product already.
Result<CustomerCredit> open_credit(UnitOfWork& work, CustomerId const& customer,
                                   NewCredit const& wanted);
// Locked, with the usage from events folded in.
Result<CustomerCredit> find_credit(UnitOfWork& work, CustomerId const& customer,
                                   ProductId const& product);
Result<CustomerCredit> update_credit(UnitOfWork& work, CustomerCredit credit,
                                     std::string const& name, std::optional<Exact> const& threshold,
                                     std::optional<CreditAutoTopup> const& auto_topup);
// What is bought when the balance is used down to its low threshold (0 without one): one purchase
// each time. Without a currency or with a price that is gone nothing is bought.
std::optional<CreditAutoTopup> auto_topup_of(CustomerCredit const& credit);

// Free credits; no invoice.
Result<CreditTransaction> topup_credit(UnitOfWork& work, CustomerCredit credit, Exact const& count,
                                       std::optional<Instant> expires_at);

struct CreditPurchaseTerms {
  Exact count;
  std::optional<std::int64_t> amount_excluding_tax;  // one of the two
  std::optional<std::string> price_id;
  std::optional<Instant> expires_at;
};
struct CreditPurchased {
  InvoiceId invoice_id;
  Exact new_balance;
};
// Issues the invoice and grants the credits in one transaction.
Result<CreditPurchased> purchase_credit(UnitOfWork& work, CustomerCredit credit,
                                        CreditPurchaseTerms const& terms);

// Takes what the balance holds; the rest stays visible as overage (policies: credits below zero).
Result<CreditTransaction> use_credit(UnitOfWork& work, CustomerCredit credit, Exact const& count,
                                     std::optional<std::string> event_id);

// Folds the usage that arrived since the last time into the balances that `which` names (all when
// empty), the one longest behind first and at most `most`, each in its own transaction. Nothing is
// written when none is behind. Returns how many were.
struct CreditFilter {
  std::optional<CustomerId> customer;
  std::optional<ProductId> product;
};
std::int64_t fold_usage(Services& services, Tenant const& tenant, CreditFilter const& which,
                        std::int64_t most);

// Takes what was there of the usage up to `until` (none: all of it) when a balance was opened for
// days that were over; nothing for one that was caught up with.
void catch_up_usage(UnitOfWork& work, CustomerCredit& credit, std::optional<Instant> until);

// At a grant's expiry: what is left of it is gone. False when nothing was left.
bool expire_grant(UnitOfWork& work, CreditGrantId const& id);

}  // namespace tallybook
