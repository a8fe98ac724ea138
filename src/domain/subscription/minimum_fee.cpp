#include "domain/subscription/minimum_fee.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "money/money.hpp"

namespace tallybook {

MinimumFee minimum_true_up(std::int64_t minimum, Exact const& share,
                           std::span<std::int64_t const> counted) {
  auto const prorated = (Exact(minimum) * share).round();
  TB_ASSERT(prorated.has_value());
  std::int64_t fees = 0;
  for (std::int64_t const fee : counted) fees = checked_add(fees, fee);
  return {*prorated, TB_MUTANT(91, std::max<std::int64_t>(0, checked_add(*prorated, -fees)),
                               checked_add(*prorated, -fees))};
}

}  // namespace tallybook
