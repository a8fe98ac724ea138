#include "app/subscription/timeline.hpp"

#include <algorithm>

#include "app/billing/billing_run.hpp"
#include "app/explain/explaining.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/rehearsal.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook {
namespace timeline_detail {

// What happened, as its outbox rows from `first` on say.
std::string type_of(Rehearsed const& noted, std::size_t first) {
  auto const told = [&](char const* event) {
    return std::find(noted.events.begin() + static_cast<std::ptrdiff_t>(first), noted.events.end(),
                     event) != noted.events.end();
  };
  if (told("subscription.cancelled")) return "cancellation";
  if (told("subscription.activated")) return "activation";
  if (told("subscription.phase_activated")) return "phase_change";
  if (told("subscription.charged")) return "renewal";
  return "change";
}

// The open invoice of a period is no document that is issued.
std::vector<InvoiceWithLines> documents(UnitOfWork& work, Rehearsed const& noted,
                                        std::size_t first) {
  std::vector<InvoiceWithLines> made;
  for (std::size_t i = first; i < noted.invoices.size(); ++i) {
    auto const invoice = work.records<Invoice>().find(noted.invoices[i]);
    if (!invoice || invoice->status == InvoiceStatus::open) continue;
    made.push_back({*invoice, invoice_lines(work.sql(), work.tenant(), invoice->id)});
  }
  return made;
}

std::optional<Instant> due_of(SubscriptionState const& state) {
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  return next_due(state.subscription, state.lines, zone);
}

Result<void> step(UnitOfWork& work, SubscriptionState& state, Instant due, Rehearsed& noted,
                  SubscriptionTimeline& timeline) {
  // An open invoice becomes that of its period: it counts as made by this event.
  noted.invoices.clear();
  std::size_t const events = noted.events.size();
  work.set_now(std::max(due, work.now()));
  TB_CHECK(bill_subscription_until(work, state, due));
  timeline.events.push_back({type_of(noted, events), due, documents(work, noted, 0)});
  return {};
}

bool has_ended(Subscription const& subscription) {
  return subscription.status == SubscriptionStatus::cancelled ||
         subscription.status == SubscriptionStatus::voided;
}

struct Bounds {
  std::optional<Instant> starts_at;
  std::size_t max_events;
  std::optional<Instant> until;
  bool explained;
};

Result<SubscriptionTimeline> run(UnitOfWork& work, Subscription subscription, Bounds const& bounds,
                                 Rehearsed& noted) {
  auto const& starts_at = bounds.starts_at;
  SubscriptionTimeline timeline;
  auto state = load_state(work.sql(), work.tenant(), std::move(subscription));
  auto& assumed = state.subscription;
  bool const waits = assumed.status == SubscriptionStatus::pending;
  if (waits &&
      (!assumed.starts_at || assumed.activation_strategy != ActivationStrategy::start_date)) {
    if (!starts_at && !assumed.starts_at) return timeline;
    if (starts_at) assumed.starts_at = starts_at;
    assumed.activation_strategy = ActivationStrategy::start_date;
    save_state(work, state, false);
  }
  while (timeline.events.size() < bounds.max_events) {
    auto const due = due_of(state);
    if (!due) {
      timeline.stop_reason =
          has_ended(state.subscription) ? TimelineStop::ended : TimelineStop::nothing_due;
      return timeline;
    }
    if (*due > bounds.until.value_or(latest_given)) {
      timeline.stop_reason = TimelineStop::until;
      return timeline;
    }
    if (auto const done = step(work, state, *due, noted, timeline); !done) {
      timeline.stop_reason = TimelineStop::refused;
      return timeline;
    }
    auto& event = timeline.events.back();
    for (auto const& document : event.invoices) {
      if (!bounds.explained) break;
      event.explanations.push_back(
          explain_document(work.sql(), work.tenant(), work.services().events, document));
    }
  }
  timeline.stop_reason = TimelineStop::max_events;
  return timeline;
}

}  // namespace timeline_detail

Result<SubscriptionTimeline> preview_timeline(Services& services, Tenant const& tenant,
                                              SubscriptionId const& id,
                                              std::optional<Instant> starts_at,
                                              std::size_t max_events, std::optional<Instant> until,
                                              bool explained) {
  std::optional<Result<SubscriptionTimeline>> timeline;
  Rehearsed noted;
  in_rehearsal(services, noted, [&](Services& inside, SqlSession& sql) {
    UnitOfWork work(inside, sql, tenant, tenant_now(sql, tenant, inside.clock));
    auto subscription = work.records<Subscription>().find_for_update(id.value);
    if (!subscription) {
      timeline.emplace(fail(errors::not_found("Subscription")));
      return;
    }
    timeline.emplace(timeline_detail::run(work, *std::move(subscription),
                                          {starts_at, max_events, until, explained}, noted));
  });
  return *std::move(timeline);
}

}  // namespace tallybook
