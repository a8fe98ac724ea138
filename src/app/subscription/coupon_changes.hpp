// Coupons that an update attaches or takes away: they change what is invoiced from here on; a
// period that is paid stays as it was paid.
#pragma once

#include "app/subscription/updates.hpp"

namespace tallybook {

// On the running phase, for the lines it has now.
Result<void> add_coupon_by(UnitOfWork& work, SubscriptionState& state,
                           SubscriptionChange const& change);
// Named by the coupon of the catalogue or as it is attached.
Result<void> remove_coupon_by(UnitOfWork& work, SubscriptionState& state,
                              SubscriptionChange const& change);

}  // namespace tallybook
