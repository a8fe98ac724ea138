// What subscriptions are worth: what is invoiced of their contract, and what the billing run would
// still invoice, rehearsed.
#pragma once

#include "app/unit_of_work.hpp"
#include "domain/subscription/arr_history.hpp"
#include "domain/subscription/valuation.hpp"

namespace tallybook {

struct SubscriptionValue {
  Subscription subscription;
  Valuation contract;
  std::int64_t fixed_arr = 0;
  std::int64_t variable_arr = 0;  // the last billed period of each usage line, a year long
};

// 404 when there is none.
Result<SubscriptionValue> subscription_value(Services& services, Tenant const& tenant,
                                             SubscriptionId const& id,
                                             std::optional<ValuationGranularity> granularity);

struct ArrHistory {
  std::string currency;
  std::vector<ArrStep> steps;  // oldest first
};
// How the annual value changed up to `now`. 404 when there is no such subscription.
Result<ArrHistory> arr_history(SqlSession& sql, Tenant const& tenant, SubscriptionId const& id,
                               Instant now);

}  // namespace tallybook
