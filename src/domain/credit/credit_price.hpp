// What usage takes from a balance of credits: a weight for each unit (CRE-2), or prices in credits
// (extension). Pure; credits are exact to `credit_decimals` decimals.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/catalogue/product.hpp"

namespace tallybook {

// The one rounding of credits: what a window's quantity takes, half away from zero. Movements are
// differences of it, so that they add up whatever arrives in how many parts.
inline constexpr int credit_decimals = 12;

// The credits `quantity` units take, counted in one window.
[[nodiscard]] Exact credits_for(CreditAggregator const& entry, Exact const& quantity);

// The windows in which the entry's tiers run, half open, that hold any of the instants from
// `first` to `last`; the first one begins when the balance was opened, the others at local
// midnights, the last one never ends without a reset_interval. Nothing before the opening counts.
[[nodiscard]] std::vector<InstantRange> credit_windows(CreditAggregator const& entry,
                                                       Instant opened, Instant first, Instant last,
                                                       TimeZone const& zone);

// Field and reason of whatever does not fit.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> problems_of(
    CreditAggregator const& entry);

}  // namespace tallybook
