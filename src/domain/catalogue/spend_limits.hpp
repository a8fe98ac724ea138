// The floor and the cap on a computed amount (USE-12), kept apart so that documents can show the
// true usage beside them.
#pragma once

#include <optional>

#include "money/exact.hpp"

namespace tallybook {

// Minor units for a whole period; empty: no limit. The caller scales them for a partial period.
struct SpendLimits {
  std::optional<Exact> minimum;
  std::optional<Exact> maximum;
};

struct LimitedAmount {
  Exact usage;         // what the prices gave
  Exact true_up;       // added to reach the minimum
  Exact cap_discount;  // taken off above the maximum, never more than the usage
  Exact amount;        // usage + true_up - cap_discount
};

// `usage` clamped so that the period, of which `already_billed` was billed before, stays within
// the limits. Asserts minimum <= maximum.
LimitedAmount limit_amount(Exact const& usage, SpendLimits const& limits,
                           Exact const& already_billed = 0);

// The option to take a percentage discount (20 means 20 %, 0 to 100) off the usage first, so that
// the limits hold for what the customer pays: limited.usage is what the discount left.
struct DiscountedAmount {
  Exact percentage_discount;
  LimitedAmount limited;
};
DiscountedAmount limit_discounted_amount(Exact const& usage, Exact const& percentage,
                                         SpendLimits const& limits,
                                         Exact const& already_billed = 0);

}  // namespace tallybook
