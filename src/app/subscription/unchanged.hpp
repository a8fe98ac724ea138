// What of running periods a version or phase leaves as it is. Internal to app/subscription.
#pragma once

#include <set>
#include <string>

#include "app/subscription/changing.hpp"

namespace tallybook {

// The products that go on in their running periods, charged in advance, at the same terms, less the
// same coupons: nothing of them is given back, nothing charged (SUB-UPD-4).
std::set<std::string> unchanged_products(UnitOfWork& work, SubscriptionState const& state,
                                         std::vector<SubscriptionLine*> const& before,
                                         std::vector<SubscriptionLine*> const& after,
                                         SubscriptionPhase const& phase, Handover const& how,
                                         TimeZone const& zone);

// The terms of the same product at which a pause made the running period free: what follows is
// charged only for what it costs beyond them (SUB-6).
std::optional<SubscriptionLine> free_terms(UnitOfWork& work, SubscriptionLine const& next,
                                           SubscriptionLine const& line, Date day,
                                           TimeZone const& zone);

}  // namespace tallybook
