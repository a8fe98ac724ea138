#include "domain/catalogue/spend_limits.hpp"

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {

LimitedAmount limit_amount(Exact const& usage, SpendLimits const& limits,
                           Exact const& already_billed) {
  TB_ASSERT(!limits.minimum || !limits.maximum || *limits.minimum <= *limits.maximum);
  LimitedAmount out;
  out.usage = usage;
  Exact const period = already_billed + usage;
  if (limits.minimum)
    out.true_up = TB_MUTANT(49, max(0, *limits.minimum - period), *limits.minimum - period);
  if (limits.maximum && usage > 0) {
    out.cap_discount = TB_MUTANT(50, min(usage, max(0, period - *limits.maximum)),
                                 max(0, usage - *limits.maximum));
  }
  out.amount = usage + out.true_up - out.cap_discount;
  return out;
}

DiscountedAmount limit_discounted_amount(Exact const& usage, Exact const& percentage,
                                         SpendLimits const& limits, Exact const& already_billed) {
  TB_ASSERT(!percentage.is_negative() && percentage <= 100);
  Exact const discount = usage * percentage / 100;
  return {discount, limit_amount(usage - discount, limits, already_billed)};
}

}  // namespace tallybook
