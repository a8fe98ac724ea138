// What was used beyond a balance of credits, as a line of an invoice (extension: overage_amount of
// a bundle price; policies: credits below zero).
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Bills everything the subscription's customer used beyond the balance of the line's product and
// was not billed yet, whenever it was used; the balance counts it as settled from here on. None
// when there is nothing, or the line has no price for it. `day`: the local day it is billed on.
std::optional<InvoiceLine> take_overage(UnitOfWork& work, Subscription const& subscription,
                                        SubscriptionLine const& line, Date day);

}  // namespace tallybook
