#include "app/billing/billing_run.hpp"

#include <algorithm>

#include "app/billing/charging.hpp"
#include "app/billing/late_usage.hpp"
#include "app/billing/open_invoice.hpp"
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

// Charges every line due at `due`; in advance only when service goes on. Returns whether any was.
bool charge_due_lines(UnitOfWork& work, SubscriptionState& state, Instant due,
                      std::optional<Instant> end, TimeZone const& zone, RunCounts& counts) {
  std::vector<SubscriptionLine*> lines;
  for (auto& line : state.lines) {
    if (line.detached_at || !line.next_charge_at || *line.next_charge_at > due) continue;
    bool const in_advance = line.payment_schedule == PaymentSchedule::start;
    if (end && (in_advance ? *line.next_charge_at >= *end : *line.next_charge_at > *end)) continue;
    lines.push_back(&line);
  }
  if (lines.empty()) return false;
  auto const parties =
      parties_of(work, state.subscription.invoicing_entity_id, state.subscription.customer_id);
  TB_ASSERT(parties.has_value());
  auto document = invoice_for(work, state.subscription, *parties);
  bool const ends_a_period = std::ranges::any_of(lines, [](auto const* line) {
    return line->aggregator_id && line->payment_schedule == PaymentSchedule::end;
  });
  if (ends_a_period) {
    // The open invoice of the period becomes this one.
    if (auto const open = take_open_invoice(work, state.subscription.id))
      document.invoice.id = *open;
  }
  for (auto* line : lines) {
    DueCharge const charge = due_charge(*line);
    auto charged = charge_lines(work, state.subscription.customer_id, *line, charge.period,
                                charge.fraction(), zone);
    if (claim_charge(work, line->id, charge.period.start, charged.front().id)) {
      for (auto& each : charged) add_line(document, std::move(each));
      if (line->type == ProductType::dynamic)
        add_late_usage(work, state.subscription.customer_id, *line, document);
    }
    advance_line(*line, zone);
  }
  if (!document.lines.empty()) {
    finish_invoice(work, state.subscription, *parties, document);
    ++counts.invoices_created;
    if (document.invoice.number) ++counts.invoices_issued;
    work.emit("subscription.charged", state.subscription.customer_id,
              work.services().snapshots.subscription(state.subscription, state.lines));
    ++counts.subscriptions_billed;
  }
  return true;
}

// One step: whatever falls due at the subscription's next instant.
void step(UnitOfWork& work, SubscriptionState& state, Instant due, RunCounts& counts) {
  auto& subscription = state.subscription;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
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
  std::optional<Instant> end;
  if (subscription.cancel_at)
    end = zone.start_of(end_of_service(*subscription.cancel_at, state.lines, zone));
  SubscriptionState const stored = state;
  if (charge_due_lines(work, state, due, end, zone, counts)) {
    save_changes(work, stored, state);
    keep_open_invoice(work, state);
    return;
  }
  TB_ASSERT(end && *end <= due);
  end_subscription(work, state);
  ++counts.subscriptions_ended;
}

}  // namespace run_detail

Result<RunCounts> bill_subscription_until(UnitOfWork& work, SubscriptionState& state,
                                          Instant until) {
  RunCounts counts;
  Instant const called_at = work.now();
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  for (int steps = 0;; ++steps) {
    auto const due = next_due(state.subscription, state.lines, zone);
    if (!due || *due > until) break;
    if (steps == run_detail::max_steps) {
      return fail(
          errors::unprocessable("More than 1,000 billing periods are due at once; start the "
                                "subscription later or use a longer interval"));
    }
    work.set_now(std::max(*due, called_at));
    run_detail::step(work, state, *due, counts);
  }
  work.set_now(called_at);
  return counts;
}

}  // namespace tallybook
