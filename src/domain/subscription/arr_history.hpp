// How the annual value of a subscription came about: from its lines as they were sold and replaced,
// its coupons and what its usage was billed (ANA-2). Pure.
#pragma once

#include <span>

#include "domain/coupon/eligibility.hpp"

namespace tallybook {

// What a billed period of a usage product comes to in a year.
struct BilledVariable {
  ProductId product_id;
  Date period_start_on;
  Instant at;  // when its document was made
  Exact annual;
};

// Minor units of the subscription's currency, from `at` on.
struct ArrStep {
  Instant at;
  std::int64_t fixed = 0;
  std::int64_t variable = 0;
};

// The steps up to `until`, oldest first; only what changes something is one. `lines` are all of
// them, those that were replaced as well. The value of a usage product is that of the period billed
// last, as long as it is sold.
[[nodiscard]] std::vector<ArrStep> arr_steps(std::span<SubscriptionLine const> lines,
                                             std::span<SubscriptionPhase const> phases,
                                             std::span<HeldCoupon const> coupons,
                                             std::span<BilledVariable const> billed, Instant until);

}  // namespace tallybook
