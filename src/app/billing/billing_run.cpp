#include "app/billing/billing_run.hpp"

#include <algorithm>

#include "app/billing/charging.hpp"
#include "app/billing/open_invoice.hpp"
#include "app/billing/step.hpp"
#include "base/assert.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook {

RunCounts& RunCounts::operator+=(RunCounts const& other) {
  subscriptions_billed += other.subscriptions_billed;
  subscriptions_activated += other.subscriptions_activated;
  subscriptions_ended += other.subscriptions_ended;
  invoices_created += other.invoices_created;
  invoices_issued += other.invoices_issued;
  payments_settled += other.payments_settled;
  credits_expired += other.credits_expired;
  return *this;
}

namespace run_detail {

constexpr int max_steps = 1000;

// One step: whatever falls due at the subscription's next instant. What is told of several of them
// waits in `news`: what is to come is rehearsed once then.
void step(UnitOfWork& work, SubscriptionState& state, Instant due, RunCounts& counts,
          StepNews& news) {
  auto& subscription = state.subscription;
  if (subscription.status != SubscriptionStatus::active) news.tell_all(work, state);
  if (subscription.status == SubscriptionStatus::pending) {
    if (subscription.cancel_at && *subscription.cancel_at <= due &&
        (!subscription.starts_at || *subscription.cancel_at < *subscription.starts_at)) {
      end_subscription(work, state);
      ++counts.subscriptions_ended;
    } else {
      start_subscription(work, state);
      ++counts.subscriptions_activated;
    }
    return;
  }
  if (subscription.status == SubscriptionStatus::paused && subscription.reactivate_at &&
      *subscription.reactivate_at <= due &&
      (!subscription.cancel_at || *subscription.reactivate_at < *subscription.cancel_at)) {
    resume_subscription(work, state);
    return;
  }
  if (subscription.status == SubscriptionStatus::paused ||
      subscription.status == SubscriptionStatus::errored) {
    // It ends in its pause: what fell due within it is not billed (SUB-6).
    end_subscription(work, state);
    ++counts.subscriptions_ended;
    return;
  }
  SubscriptionState const stored = state;
  BillingStep billing(work, state, due);
  bool done = billing.charge(PaymentSchedule::end);
  if (subscription.next_event_at && *subscription.next_event_at <= due)
    done = billing.run_events() || done;
  done = billing.charge(PaymentSchedule::start) || done;
  if (done) {
    billing.finish(counts);
    if (billing.changed_lines)
      save_state(work, state);
    else
      save_changes(work, stored, state);
    keep_open_invoice(work, state);
    news.add_all(std::move(billing.news));
    return;
  }
  TB_ASSERT(subscription.cancel_at);
  news.tell_all(work, state);
  end_subscription(work, state);
  ++counts.subscriptions_ended;
}

}  // namespace run_detail

Result<RunCounts> bill_subscription_until(UnitOfWork& work, SubscriptionState& state,
                                          Instant until) {
  RunCounts counts;
  Instant const called_at = work.now();
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  StepNews news;
  for (int steps = 0;; ++steps) {
    auto const due = next_due(state.subscription, state.lines, zone);
    if (!due || *due > until) break;
    if (steps == run_detail::max_steps) {
      return fail(
          errors::unprocessable("More than 1,000 billing periods are due at once; start the "
                                "subscription later or use a longer interval"));
    }
    work.set_now(std::max(*due, called_at));
    run_detail::step(work, state, *due, counts, news);
  }
  news.tell_all(work, state);
  work.set_now(called_at);
  return counts;
}

}  // namespace tallybook
