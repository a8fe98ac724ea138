// Sharing a discount over the lines it applies to (policies: distribution of a discount). A line
// is eligible with what remains of it, as far as that is above 0: nothing is taken off a credit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "money/exact.hpp"

namespace tallybook {

enum class DiscountDistribution {
  largest_remainder,       // the default: exact shares, rounded so that they sum to the discount
  remainder_to_last_line,  // shares cut to whole units, the last line takes what is missing
};

// What of each line a discount of `discount` takes, in proportion to the lines and exact. At most
// the sum of the eligible lines; a discount of 0 or less takes nothing.
[[nodiscard]] std::vector<Exact> discount_shares(std::span<Exact const> lines,
                                                 Exact const& discount);

// The same in whole minor units that sum to the discount, never more than a line has: what the last
// line cannot take goes to the one before it.
[[nodiscard]] std::vector<std::int64_t> distribute_discount(
    std::span<std::int64_t const> lines, std::int64_t discount,
    DiscountDistribution how = DiscountDistribution::largest_remainder);

}  // namespace tallybook
