// The full update: an immediate change that keeps the cycles and charges nothing for itself
// (SUB-UPD-6). The subscription keeps its id.
#pragma once

#include <functional>

#include "app/subscription/subscriptions.hpp"

namespace tallybook {

struct PutPhase {
  NewPhase phase;
  std::optional<PhaseStatus> status;  // as it was read; none: by its place in the list
};

struct SubscriptionPutTerms {
  std::function<void(Subscription&)> header;  // sets the plain fields that were given
  bool only_light = true;  // value, ARR, CRM id and shipping display alone: always allowed (SUB-11)
  std::optional<std::vector<PutPhase>> phases;
};

// Given phases: the one that runs takes over the given products, the pending ones are replaced.
Result<SubscriptionState> put_subscription(UnitOfWork& work, SubscriptionId const& id,
                                           SubscriptionPutTerms terms);

}  // namespace tallybook
