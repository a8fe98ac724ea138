// The minimum fee of a billing period (MIN-1, MIN-2): what is added when the fees of the period,
// after discounts and without tax, stay below it.
#pragma once

#include <cstdint>
#include <span>

#include "money/exact.hpp"

namespace tallybook {

struct MinimumFee {
  std::int64_t prorated_minimum = 0;  // rounded once
  std::int64_t true_up = 0;           // never below 0
};

// `minimum` (minor units of a whole cycle) shrinks with a partial period: `share` is its part of
// the cycle, 1 for a whole one. `counted` are the fees that count towards it.
[[nodiscard]] MinimumFee minimum_true_up(std::int64_t minimum, Exact const& share,
                                         std::span<std::int64_t const> counted);

}  // namespace tallybook
