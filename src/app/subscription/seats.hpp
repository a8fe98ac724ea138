// Connected seats (SEA-2 to SEA-7): lines whose count is read from an aggregator, over all time and
// never reset. Read when the subscription is sold and starts, and whenever it is refreshed.
#pragma once

#include "app/subscription/updates.hpp"

namespace tallybook {

[[nodiscard]] bool is_connected_seat(SubscriptionLine const& line);

// What the aggregator counts of the customer by now.
Exact connected_seats(UnitOfWork& work, CustomerId const& customer,
                      std::string const& aggregator_id);

// Sets the counts of the connected lines of a subscription that starts.
void read_seats(UnitOfWork& work, SubscriptionState& state);

// Reads them again. Each change is an update of its own: now, prorated, charged or credited at
// once. Returns what changed. 409 when the subscription is not active or was renewed ahead.
Result<std::vector<SubscriptionUpdate>> refresh_seats(UnitOfWork& work, SubscriptionId const& id);

// Every active subscription with connected seats; those that cannot be updated now are passed over.
// Returns how many seats lines changed.
int refresh_all_seats(UnitOfWork& work);

}  // namespace tallybook
