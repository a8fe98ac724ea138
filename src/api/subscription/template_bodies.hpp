// Templates as bodies: what a template adds to a subscription's payload (PRD-9).
#pragma once

#include "api/subscription/wire.hpp"
#include "app/unit_of_work.hpp"

namespace tallybook::api {

// Fills what the payload leaves out from the template it names: the configuration named, else the
// one for the customer's currency and country, else the one for the currency and every country.
// With products or phases of its own the payload only refers to the template.
Result<void> fill_from_template(UnitOfWork& work, CustomerId const& customer,
                                SubscriptionPayload& payload);

}  // namespace tallybook::api
