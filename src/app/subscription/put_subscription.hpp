// The full update: an immediate change that keeps the cycles and charges nothing for itself
// (SUB-UPD-6). The subscription keeps its id.
#pragma once

#include <functional>

#include "app/subscription/subscriptions.hpp"

namespace tallybook {

struct SubscriptionPutTerms {
  std::function<void(Subscription&)> header;  // sets the plain fields that were given
  bool only_light = true;  // value, ARR, CRM id and shipping display alone: always allowed (SUB-11)
  bool sets_cancel_at = false;
  std::optional<Instant> cancel_at;  // none: what was planned is taken back
  std::optional<ContractTerms> contract_terms;
  std::optional<std::vector<NewPhase>> phases;  // without a status: by its place in the list
};

// Given phases: the one that runs takes over the given products, the pending ones are replaced. A
// planned end is planned as a cancellation; contract terms start, renew and end from here on. No
// end may lie within what runs already: 400, cancelling is the way (SUB-9).
Result<SubscriptionState> put_subscription(UnitOfWork& work, SubscriptionId const& id,
                                           SubscriptionPutTerms terms);

}  // namespace tallybook
