#include "domain/subscription/states.hpp"

#include <algorithm>
#include <iterator>

#include "base/assert.hpp"

namespace tallybook {
namespace states_detail {

std::vector<CallRule> const& rules() {
  using enum SubscriptionStatus;
  static std::vector<CallRule> const all = {
      {SubscriptionCall::activate, {pending}, "activated"},
      {SubscriptionCall::cancel, {pending, active, paused, errored}, "cancelled"},
      {SubscriptionCall::pause, {active, paused}, "paused"},
      {SubscriptionCall::reactivate, {paused, errored}, "reactivated"},
      {SubscriptionCall::reinstate, {cancelled}, "reinstated"},
      {SubscriptionCall::renew, {active}, "renewed"},
      {SubscriptionCall::next_phase, {active}, "moved to its next phase"},
      {SubscriptionCall::refresh_seat_products, {active}, "refreshed"},
      {SubscriptionCall::update, {pending, active}, "updated"},
      {SubscriptionCall::transition, {active}, "transitioned"},
      {SubscriptionCall::change, {pending, active, paused, errored}, "changed"},
      {SubscriptionCall::change_phases, {pending, active}, "given other phases"}};
  return all;
}

bool waits_for_renewal(SubscriptionCall call) {
  return call == SubscriptionCall::update || call == SubscriptionCall::transition ||
         call == SubscriptionCall::refresh_seat_products || call == SubscriptionCall::change_phases;
}

// Of what is known of its phases; they are in their order.
bool is_in_its_last(Subscription const& subscription) {
  auto const& phases = subscription.known_phases;
  return !phases.empty() && phases.back().id == subscription.current_phase_id;
}

}  // namespace states_detail

CallRule const& rule_of(SubscriptionCall call) {
  auto const& rules = states_detail::rules();
  auto const found = std::ranges::find(rules, call, &CallRule::call);
  TB_ASSERT(found != rules.end());
  return *found;
}

bool is_renewed_ahead(Subscription const& subscription, Instant now) {
  return subscription.renewed_until && *subscription.renewed_until > now;
}

bool allows(Subscription const& subscription, SubscriptionCall call, Instant now) {
  bool const ends_later = subscription.cancel_at && !subscription.ended_at &&
                          subscription.status != SubscriptionStatus::pending;
  if (call == SubscriptionCall::reinstate && ends_later) return true;
  if (is_renewed_ahead(subscription, now) && states_detail::waits_for_renewal(call)) return false;
  auto const& statuses = rule_of(call).statuses;
  return std::ranges::find(statuses, subscription.status) != statuses.end();
}

std::vector<SubscriptionCall> allowed_calls(Subscription const& subscription, Instant now) {
  std::vector<SubscriptionCall> calls;
  for (auto const& rule : states_detail::rules()) {
    // In its last phase there is no next one.
    if (rule.call == SubscriptionCall::next_phase && states_detail::is_in_its_last(subscription))
      continue;
    if (allows(subscription, rule.call, now)) calls.push_back(rule.call);
  }
  return calls;
}

}  // namespace tallybook
