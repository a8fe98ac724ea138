// What the state of a subscription allows, in one table: what refuses a call and what the refusal
// says that is allowed cannot differ. Light fields may always be changed (SUB-11).
#pragma once

#include "domain/subscription/subscription.hpp"

namespace tallybook {

// The calls that depend on the state, named like their routes. change: PUT of the subscription;
// change_phases: one with phases.
BOOST_DEFINE_ENUM_CLASS(SubscriptionCall, activate, cancel, pause, reactivate, reinstate, renew,
                        next_phase, refresh_seat_products, update, transition, change,
                        change_phases)

struct CallRule {
  SubscriptionCall call;
  std::vector<SubscriptionStatus> statuses;
  char const* done;  // "only one that is active can be renewed"
};
[[nodiscard]] CallRule const& rule_of(SubscriptionCall call);

// Periods after `now` are invoiced already: it cannot be changed until then (SUB-10).
[[nodiscard]] bool is_renewed_ahead(Subscription const& subscription, Instant now);

// Whether the call suits the status, the planned end and what is renewed ahead. What it needs
// besides (a next phase, no transition planned) the call says itself.
[[nodiscard]] bool allows(Subscription const& subscription, SubscriptionCall call, Instant now);
[[nodiscard]] std::vector<SubscriptionCall> allowed_calls(Subscription const& subscription,
                                                          Instant now);

}  // namespace tallybook
