// Plans as bodies: what a plan adds to a subscription's payload (PRD-8).
#pragma once

#include "api/subscription/wire.hpp"
#include "app/unit_of_work.hpp"

namespace tallybook::api {

// Fills what the payload leaves out from the plan it names: products, and for a `newcomer` the
// trial, unless it has products or phases of its own; the commitment, unless it has contract terms.
Result<void> fill_from_plan(UnitOfWork& work, SubscriptionPayload& payload, bool newcomer);

}  // namespace tallybook::api
