// Lines that replace each other. Internal to app/subscription.
#pragma once

#include "app/subscription/subscriptions.hpp"

namespace tallybook {

// Puts a copy with a new id in the place of a line: its terms may be changed, then the caller
// inserts it. The old one is stored as replaced and returned.
SubscriptionLine replace_line(UnitOfWork& work, SubscriptionState& state, std::size_t index,
                              Instant at);
// The phase that updates change: the running one; behind a trial that sells nothing the next.
PhaseId phase_to_update(SubscriptionState const& state);
// Whether a phase is invoiced, and what is changed, begun or ended in it charged (PHA-6).
[[nodiscard]] bool is_invoiced(SubscriptionState const& state, PhaseId const& phase);
// The line of a product in that phase.
std::optional<std::size_t> line_of_product(SubscriptionState const& state,
                                           std::string const& product_id);

// The place behind all lines the subscription ever had.
int next_position(UnitOfWork& work, SubscriptionId const& id);

}  // namespace tallybook
