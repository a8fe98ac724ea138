// What a change of a running period's credits brings, where the difference in money does not say
// it.
#pragma once

#include "domain/subscription/subscription.hpp"

namespace tallybook {

// Credits whose count and price change against each other: their difference in money says nothing
// of their difference in credits, so the old ones go and the new ones come (CRE-8). Free ones were
// not sold: they stay.
[[nodiscard]] bool credits_come_anew(SubscriptionLine const& before, SubscriptionLine const& after);

// The share of the new credits that come then, `rest` of the cycle being left; with a full
// allowance what is more of them comes whole.
[[nodiscard]] Exact credits_anew(SubscriptionLine const& before, SubscriptionLine const& after,
                                 Exact const& rest);

// More credits at no more money: still a charge of the rest of the period, since it brings them.
[[nodiscard]] bool brings_free_credits(SubscriptionLine const& before,
                                       SubscriptionLine const& after);

}  // namespace tallybook
