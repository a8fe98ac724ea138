// What lies ahead of a subscription: its lifecycle, event by event, with the documents each would
// make. The real billing run, rehearsed: nothing of it remains, and time to come has no usage.
#pragma once

#include "app/subscription/subscriptions.hpp"
#include "domain/explain/explanation.hpp"

namespace tallybook {

BOOST_DEFINE_ENUM_CLASS(TimelineStop, max_events, until, ended, nothing_due, refused)

struct TimelineEvent {
  std::string type;  // activation, phase_change, renewal, cancellation or change
  Instant at;
  std::vector<InvoiceWithLines> invoices;
  std::vector<Explanation> explanations;  // of each, where they were asked for
};
struct SubscriptionTimeline {
  std::vector<TimelineEvent> events;
  TimelineStop stop_reason = TimelineStop::nothing_due;
};

// `starts_at`: assumed as the start of one that has none yet; `until`: nothing after it. 404 when
// there is no subscription.
Result<SubscriptionTimeline> preview_timeline(Services& services, Tenant const& tenant,
                                              SubscriptionId const& id,
                                              std::optional<Instant> starts_at,
                                              std::size_t max_events,
                                              std::optional<Instant> until = std::nullopt,
                                              bool explained = false);

// Fills in what the subscription, which is stored like this, is invoiced next where something that
// happens until then decides it: rehearsed the same way, but usage counts as none. A broken rule on
// the way leaves what the running terms say.
void foresee_payment(UnitOfWork& work, SubscriptionState& state);

}  // namespace tallybook
