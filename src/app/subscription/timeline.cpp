#include "app/subscription/timeline.hpp"

#include <algorithm>
#include <set>

#include "app/billing/billing_run.hpp"
#include "app/explain/explaining.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/rehearsal.hpp"
#include "domain/subscription/billing.hpp"
#include "domain/subscription/next_payment.hpp"

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

// The open invoice of a period is no document that is issued; it becomes that of its period at its
// end, made anew by the event. Older documents that an event lowers are not made by it.
std::vector<InvoiceWithLines> documents(UnitOfWork& work, Rehearsed const& noted,
                                        std::set<std::string>& shown) {
  std::vector<InvoiceWithLines> made;
  for (auto const& id : noted.invoices) {
    auto const invoice = work.records<Invoice>().find(id);
    if (!invoice || invoice->status == InvoiceStatus::open || invoice->created_at < work.now())
      continue;
    if (!shown.insert(id).second) continue;
    made.push_back({*invoice, invoice_lines(work.sql(), work.tenant(), invoice->id)});
  }
  return made;
}

std::optional<Instant> due_of(SubscriptionState const& state) {
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  return next_due(state.subscription, state.lines, zone);
}

// What goes on is the version that took the subscription's place.
void follow_version(UnitOfWork& work, SubscriptionState& state) {
  while (state.subscription.status == SubscriptionStatus::archived) {
    auto next = work.records<Subscription>().first(
        "transition_from_subscription_id = ? AND status NOT IN ('voided', 'pending')",
        {state.subscription.id.value});
    if (!next) return;
    state = load_state(work.sql(), work.tenant(), *std::move(next));
  }
}

Result<TimelineEvent> step(UnitOfWork& work, SubscriptionState& state, Instant due,
                           Rehearsed& noted, std::set<std::string>& shown) {
  noted.invoices.clear();
  std::size_t const events = noted.events.size();
  work.set_now(std::max(due, work.now()));
  TB_CHECK(bill_subscription_until(work, state, due));
  follow_version(work, state);
  return TimelineEvent{type_of(noted, events), due, documents(work, noted, shown), {}};
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
  std::set<std::string> shown;
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
    auto made = step(work, state, *due, noted, shown);
    if (!made) {
      timeline.stop_reason = TimelineStop::refused;
      return timeline;
    }
    auto& event = timeline.events.emplace_back(*std::move(made));
    for (auto const& document : event.invoices) {
      if (!bounds.explained) break;
      event.explanations.push_back(
          explain_document(work.sql(), work.tenant(), work.services().events, document));
    }
  }
  timeline.stop_reason = TimelineStop::max_events;
  return timeline;
}

// Enough for a year of days that are not invoiced.
constexpr int most_steps = 400;

// A planned version begins when the one before it ends.
SubscriptionState where_it_begins(UnitOfWork& work, Subscription subscription) {
  while (subscription.status == SubscriptionStatus::pending &&
         subscription.transition_from_subscription_id) {
    auto before =
        work.records<Subscription>().find_for_update(*subscription.transition_from_subscription_id);
    if (!before) break;
    subscription = *std::move(before);
  }
  return load_state(work.sql(), work.tenant(), std::move(subscription));
}

// The first instant at which an invoice of the subscription, or of a version that takes its place,
// would be made, and what those of it come to.
std::optional<NextPayment> first_payment(UnitOfWork& work, Subscription subscription,
                                         Rehearsed& noted) {
  std::optional<NextPayment> next;
  std::set<std::string> shown;
  std::set<std::string> versions{subscription.id.value};
  auto state = where_it_begins(work, std::move(subscription));
  for (int i = 0; i < most_steps; ++i) {
    auto const due = due_of(state);
    if (!due || *due > latest_given || (next && *due > next->at)) break;
    auto const event = step(work, state, *due, noted, shown);
    if (!event) break;
    if (auto const& before = state.subscription.transition_from_subscription_id;
        before && versions.contains(*before))
      versions.insert(state.subscription.id.value);
    for (auto const& [invoice, lines] : event->invoices) {
      // The organisation's document shows the same once more. What gives back is no payment, also
      // while it has no number yet.
      bool const counts = invoice.type != InvoiceType::credit_note &&
                          invoice.amount_excluding_tax >= 0 && invoice.subscription_id &&
                          versions.contains(invoice.subscription_id->value) &&
                          invoice.customer_id == state.subscription.customer_id;
      if (!counts) continue;
      if (!next) next = NextPayment{*due, 0};
      next->amount = checked_add(next->amount, invoice.amount_excluding_tax);
    }
  }
  return next;
}

}  // namespace timeline_detail

void foresee_payment(UnitOfWork& work, SubscriptionState& state) {
  auto& subscription = state.subscription;
  if (!next_payment_is_ahead(subscription, state.lines)) return;
  ForeseenPayment foreseen;
  Rehearsed noted;
  bool const whole = rehearse_within(work, noted, [&](UnitOfWork& ahead) {
    ahead.count_no_usage();
    auto stored = ahead.records<Subscription>().find_for_update(subscription.id.value);
    if (stored) foreseen.next = timeline_detail::first_payment(ahead, *std::move(stored), noted);
  });
  if (whole) subscription.foreseen = foreseen;
}

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
