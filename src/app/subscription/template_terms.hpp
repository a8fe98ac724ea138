// What a template's configuration sells, priced on the day it is written (PRD-5, PRD-9).
#pragma once

#include "app/subscription/subscriptions.hpp"

namespace tallybook {

// The lines of each phase as a subscription of it would have them, at the catalogue's prices of now
// where they have none of their own; refuses what no subscription could be made of.
Result<std::vector<std::vector<SubscriptionLine>>> template_lines(
    UnitOfWork& work, std::vector<NewPhase> const& phases, ContractTerms const& contract,
    std::string const& currency, std::optional<std::string> const& country);

}  // namespace tallybook
