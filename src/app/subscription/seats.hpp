// Connected seats (SEA-2 to SEA-7): lines whose count is read from an aggregator, over all time and
// never reset. Read when the subscription is sold and when a line starts, and again by hand, at the
// ends of their own periods, or with every event, as the line says. Each change is an update of its
// own, priced and paid as the line says.
#pragma once

#include "app/subscription/updates.hpp"
#include "domain/subscription/seats.hpp"

namespace tallybook {

// What the aggregator counts of the customer before that moment.
Exact connected_seats(UnitOfWork& work, CustomerId const& customer,
                      std::string const& aggregator_id, Instant before);

// Takes over how the count of the line follows its aggregator. 400 for what does not fit it.
Result<void> set_seat_refresh(NewLine const& wanted, SubscriptionLine& line);

// Sets the counts of the connected lines of a subscription that starts.
void read_seats(UnitOfWork& work, SubscriptionState& state);

// Fixes when the running lines without a date are counted again, and stores it. The earliest such
// moment; none: nothing is planned.
std::optional<Instant> plan_seats(UnitOfWork& work, SubscriptionState& state);
// Counts the lines whose moment has come at the step's instant; plans the next one.
void count_planned_seats(BillingStep& step);

// Counts all of them now. Returns what changed. 409 when the subscription is not active or was
// renewed ahead.
Result<std::vector<SubscriptionUpdate>> refresh_seats(UnitOfWork& work, SubscriptionId const& id);

// Every active subscription with connected seats; those that cannot be updated now are passed over,
// and lines whose count cannot be applied keep the one they have. Returns how many lines changed.
int refresh_all_seats(UnitOfWork& work);

// Counts realtime seats that have not seen the tenant's newest events, at most so many
// subscriptions, each in a transaction of its own. Seats whose count cannot be applied wait for the
// next events, said once in the log. Returns how many were behind.
std::int64_t follow_seats(Services& services, Tenant const& tenant, std::int64_t most);

}  // namespace tallybook
