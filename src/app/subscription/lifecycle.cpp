// Pausing, resuming, taking a cancellation back, renewing ahead, the next phase.
#include <algorithm>

#include "app/billing/open_invoice.hpp"
#include "app/credit/line_credits.hpp"
#include "app/subscription/changing.hpp"
#include "app/subscription/lines.hpp"
#include "app/subscription/running_period.hpp"
#include "base/assert.hpp"
#include "domain/subscription/phase_terms.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace lifecycle_detail {

constexpr int most_renewals = 1000;

// The line goes on where it was; whatever fell due meanwhile is passed over. One-time lines that
// were charged stay charged.
void reattach(UnitOfWork& work, SubscriptionLine& line, Instant ended, TimeZone const& zone) {
  line.detached_at.reset();
  line.seats_refresh_at.reset();
  if (!line.period_start_on) return;
  bool const once = line.payment_interval.period == WirePeriod::once;
  if (once) {
    // What was due by its end was charged, by this line or one it took over from.
    if (zone.start_of(*line.period_start_on) > ended)
      line.next_charge_at = zone.start_of(*line.period_start_on);
    return;
  }
  bool const in_advance = line.payment_schedule == PaymentSchedule::start;
  line.next_charge_at = zone.start_of(in_advance ? *line.period_start_on : *line.period_end_on);
  if (unbilled_front(line)) line.next_charge_at = zone.start_of(*line.period_end_on);
  skip_charges(line, work.now(), zone);
}

// The day after the last one that counted as used when the subscription ended.
Date end_of_ended(SubscriptionState const& state, TimeZone const& zone) {
  auto lines = state.lines;
  for (auto& line : lines) {
    if (line.detached_at == state.subscription.ended_at) line.detached_at.reset();
  }
  return end_of_service(*state.subscription.cancel_at, lines, zone);
}

// The first day that was neither charged nor passed over when the subscription ended, of what is
// charged in advance.
Date covered_until(Subscription const& subscription, SubscriptionLine line, TimeZone const& zone) {
  if (!line.period_start_on) return {};
  Instant const ended = *subscription.ended_at;
  auto const& paused = subscription.paused_at;
  auto const& resumed = subscription.reactivate_at;
  // What fell due in a pause costs nothing (SUB-6).
  if (paused && !(resumed && *paused <= *resumed && *resumed <= ended)) {
    line.next_charge_at = zone.start_of(*line.period_start_on);
    skip_charges(line, ended, zone);
  }
  return *line.period_start_on;
}

// Whether periods that were charged ahead came back with the cancellation.
bool gave_back_ahead(SubscriptionLine const& line, Date used) {
  return line.refunded_at_end && line.period_start_on &&
         cycle_at(line, *line.period_start_on - 1).start > used;
}

// What came back of the running period is charged again from the day on, as it was given back:
// terms may have moved since they were paid for, and coupons since they took of it.
void as_given_back(InvoiceLine& charged, SubscriptionLine const& line, EndRefund const& back,
                   Exact const& left) {
  if (back.units > Exact(0)) charged.units_count = back.units;
  charged.charge->charged_again = ChargedAgain{back.net, left};
  charged.charge->credits_fraction = back.credits.is_zero() || line.count.is_zero()
                                         ? charged.charge->fraction
                                         : back.credits * left / line.count;
  charged.exact_amount = back.net * left;
  charged.unit_amount = charged.exact_amount / max(charged.units_count, Exact(1));
  charged.display_unit_amount = false;
}

// The rest of the running period. One that began after the subscription had ended was never
// charged.
void charge_again(BillingStep& step, std::size_t index, Date day, Date used, Date covered) {
  auto& work = step.work;
  auto& state = step.state;
  auto const back = std::exchange(state.lines[index].refunded_at_end, std::nullopt);
  auto const running = running_dates(state.lines[index], step.zone);
  bool const in_advance = state.lines[index].payment_schedule == PaymentSchedule::start;
  if (!in_advance || !running || !running->contains(day)) return;
  bool const ran = running->end <= covered;
  if (ran && !back) return;
  Cut const cut{day, step.zone.start_of(day)};
  Period const cycle = whole_cycle(state.lines[index], *running);
  replace_line(work, state, index, work.now());
  auto const& line = state.lines[index];
  work.records<SubscriptionLine>().insert(line);
  auto charged =
      change_line(work, state, line, nullptr, share_after(*running, cycle, cut, step.zone), cycle,
                  ran ? ChargeKind::change : ChargeKind::period, cut.basis);
  if (ran)
    as_given_back(charged, line, *back, Exact::fraction(running->end - day, running->end - used));
  step.changed_lines = true;
  if (!claim_charge(work, line.id, *charged.period_start_on, charged.id)) return;
  grant_charged_credits(work, state.subscription, line, charged, step.document_id());
  step.add(std::move(charged));
}

// What is charged at its end: of days that were charged when the subscription ended, or on which it
// had ended, nothing is charged again. The rest of the period begins on the day.
void go_on_in_arrears(BillingStep& step, std::size_t index, Date day, Date used) {
  auto& work = step.work;
  auto& state = step.state;
  auto const open = open_dates(state.lines[index], step.zone);
  if (!open || !open->contains(day) || open->start == day) return;
  bool const charged = work.sql().number(
                           "SELECT COUNT(*) FROM charges WHERE account_id = ? AND mode = ? AND "
                           "subscription_line_id = ? AND period_start_on = ?",
                           {work.tenant().account_id, std::string(mode_text(work.tenant().mode)),
                            state.lines[index].id.value, std::int64_t{open->start.days}}) > 0;
  bool const ended_before = used <= open->start;
  if (!charged && !ended_before) {
    if (used >= day) return;  // it ran on
    // The days up to the end come with the next invoice; those in between are not charged.
    Cut const end{used, step.zone.start_of(used)};
    if (auto const part = used_part(state.lines[index], end, step.zone)) {
      for (auto& line : change_lines(work, state, state.lines[index], *part,
                                     whole_cycle(state.lines[index], *open), ChargeKind::change))
        keep_pending(work, state, std::move(line), {}, {});
    }
  }
  replace_line(work, state, index, work.now());
  auto& rest = state.lines[index];
  open_from(rest, {day, step.zone.start_of(day)});
  // Amounts of coupons were taken of what the cancellation charged.
  if (charged) rest.paid = PaidTerms{0, *rest.period_end_on, std::nullopt};
  work.records<SubscriptionLine>().insert(state.lines[index]);
  step.changed_lines = true;
}

// The phase that begins where the subscription runs again, because the running one ends there: null
// where none follows. Empty: the running one goes on.
std::optional<SubscriptionPhase const*> begins_at_once(SubscriptionState const& state, Date from,
                                                       TimeZone const& zone) {
  SubscriptionPhase const* running = nullptr;
  SubscriptionPhase const* next = nullptr;
  for (auto const& phase : state.phases) {
    if (phase.id == state.subscription.current_phase_id) running = &phase;
    if (phase.status == PhaseStatus::pending &&
        (next == nullptr || phase.position < next->position))
      next = &phase;
  }
  auto const end = running != nullptr ? phase_boundary(*running, zone) : std::nullopt;
  if (!end || *end > from) return std::nullopt;
  return next;
}

// Whether days from there on are charged by the line: the next phase charges its own, unless it
// begins without a charge, as if what it sells had been paid.
bool charges_rest(SubscriptionState const& state, SubscriptionLine const& line,
                  std::optional<SubscriptionPhase const*> const& next) {
  if (!next) return true;
  auto const* phase = *next;
  if (phase == nullptr || phase->transition_calculation_method != TransitionMethod::do_not_charge)
    return false;
  return std::ranges::any_of(state.lines, [&](SubscriptionLine const& sold) {
    return sold.phase_id == phase->id && sold.product_id == line.product_id;
  });
}

// `from`: the day from which it runs again. A phase that was to end in between ends there.
void revive(UnitOfWork& work, SubscriptionState& state, Date from, TimeZone const& zone) {
  auto& subscription = state.subscription;
  auto const ended = subscription.ended_at;
  int current = 0;
  for (auto const& phase : state.phases) {
    if (phase.id == subscription.current_phase_id) current = phase.position;
  }
  for (auto& phase : state.phases) {
    if (phase.position < current) continue;
    if (phase.end_strategy != PhaseEnd::end_date) phase.ends_at.reset();
    if (phase.position == current) {
      begin_phase(phase, phase.starts_at.value_or(work.now()), subscription.contract_terms, zone);
      if (auto const end = phase_boundary(phase, zone); end && *end < from)
        phase.ends_at = zone.start_of(from) - 1;
    } else {
      phase.status = PhaseStatus::pending;
    }
    phase.updated_at = work.now();
    work.records<SubscriptionPhase>().update(phase);
  }
  subscription.status = SubscriptionStatus::active;
  subscription.ended_at.reset();
  for (auto& line : state.lines) {
    if (line.detached_at == ended) reattach(work, line, *ended, zone);
  }
  if (subscription.contract_status == ContractStatus::finished)
    subscription.contract_status = ContractStatus::active;
}

}  // namespace lifecycle_detail

void clear_cancellation(Subscription& subscription) {
  subscription.cancel_at.reset();
  subscription.cancellation_strategy = subscription.agreed_cancellation_strategy;
  subscription.cancellation_amount = subscription.agreed_cancellation_amount;
  subscription.cancellation_refund_method = subscription.agreed_cancellation_refund_method;
  subscription.cancellation_reason.reset();
  subscription.cancellation_source.reset();
}

Result<SubscriptionState> load_current(UnitOfWork& work, SubscriptionId const& id) {
  auto found = work.records<Subscription>().find_for_update(id.value);
  if (!found) return fail(errors::not_found("Subscription"));
  auto state = load_state(work.sql(), work.tenant(), *std::move(found));
  TB_CHECK(bill_subscription_until(work, state, work.now()));
  return state;
}

Error refused_by_state(UnitOfWork& work, Subscription const& subscription, SubscriptionCall call,
                       std::string message) {
  std::vector<std::string> allowed;
  for (auto const each : allowed_calls(subscription, work.now())) {
    if (each != call) allowed.emplace_back(reflect::enum_name(each));
  }
  return errors::state_conflict(
      std::move(message), std::string(reflect::enum_name(subscription.status)), std::move(allowed));
}

Result<void> require_state(UnitOfWork& work, Subscription const& subscription,
                           SubscriptionCall call) {
  if (allows(subscription, call, work.now())) return {};
  auto const& rule = rule_of(call);
  std::string const is = "The subscription is ";
  if (std::ranges::find(rule.statuses, subscription.status) != rule.statuses.end())
    return fail(refused_by_state(work, subscription, call,
                                 is + "active and renewed up to " +
                                     format_instant(*subscription.renewed_until) + "; it can be " +
                                     rule.done + " after that"));
  std::string names;
  for (auto const status : rule.statuses) {
    if (!names.empty()) names += " or ";
    names += reflect::enum_name(status);
  }
  return fail(refused_by_state(work, subscription, call,
                               is + std::string(reflect::enum_name(subscription.status)) +
                                   "; only one that is " + names + " can be " + rule.done));
}

Result<SubscriptionState> pause_subscription(UnitOfWork& work, SubscriptionId const& id,
                                             std::optional<Instant> reactivate_at) {
  TB_TRY(state, load_current(work, id));
  auto& subscription = state.subscription;
  TB_CHECK(require_state(work, subscription, SubscriptionCall::pause));
  if (reactivate_at && *reactivate_at <= work.now())
    return fail(errors::invalid_field("reactivate_at", "expected a moment to come"));
  bool const again = subscription.status == SubscriptionStatus::paused;
  subscription.reactivate_at = reactivate_at;
  if (!again) {
    subscription.status = SubscriptionStatus::paused;
    subscription.paused_at = work.now();
  }
  save_state(work, state, false);
  keep_open_invoice(work, state);
  if (!again) tell(work, state, "subscription.paused");
  return state;
}

void resume_subscription(UnitOfWork& work, SubscriptionState& state) {
  auto& subscription = state.subscription;
  subscription.status = SubscriptionStatus::active;
  subscription.reactivate_at = work.now();
  BillingStep step(work, state, work.now());
  step.resuming = true;
  if (subscription.next_event_at && *subscription.next_event_at <= work.now()) step.run_events();
  for (auto& line : state.lines) {
    if (!line.detached_at) pass_over(line, work.now(), step.zone);
  }
  RunCounts counts;
  step.finish(counts);
  save_state(work, state);
  keep_open_invoice(work, state);
  step.news.tell_all(work, state);
  tell(work, state, "subscription.reactivated");
}

Result<SubscriptionState> reactivate_subscription(UnitOfWork& work, SubscriptionId const& id) {
  TB_TRY(state, load_current(work, id));
  TB_CHECK(require_state(work, state.subscription, SubscriptionCall::reactivate));
  resume_subscription(work, state);
  TB_CHECK(bill_subscription_until(work, state, work.now()));
  return state;
}

Result<SubscriptionState> reinstate_subscription(UnitOfWork& work, SubscriptionId const& id) {
  TB_TRY(state, load_current(work, id));
  auto& subscription = state.subscription;
  bool const planned = subscription.cancel_at && !subscription.ended_at;
  if (planned && subscription.status != SubscriptionStatus::pending) {
    clear_cancellation(subscription);
    save_state(work, state, false);
    tell(work, state, "subscription.updated");
    return state;
  }
  TB_CHECK(require_state(work, subscription, SubscriptionCall::reinstate));
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  // The day of the cancellation was used, and is paid.
  Date const used = subscription.cancel_at ? lifecycle_detail::end_of_ended(state, zone) : Date{};
  Date const from = std::max(zone.date_of(work.now()), used);
  std::vector<Date> covered;
  for (auto const& line : state.lines) {
    if (lifecycle_detail::gave_back_ahead(line, used))
      return fail(refused_by_state(work, subscription, SubscriptionCall::reinstate,
                                   "What was renewed ahead was given back with the cancellation; "
                                   "sell it anew"));
    covered.push_back(lifecycle_detail::covered_until(subscription, line, zone));
  }
  lifecycle_detail::revive(work, state, from, zone);
  clear_cancellation(subscription);
  // Without a day in between it ran on.
  if (from > used) subscription.reinstated_at = zone.start_of(from);
  BillingStep step(work, state, work.now());
  auto const next = lifecycle_detail::begins_at_once(state, from, zone);
  for (std::size_t i = 0; i < state.lines.size(); ++i) {
    bool const charges = lifecycle_detail::charges_rest(state, state.lines[i], next);
    if (!charges) state.lines[i].refunded_at_end.reset();
    if (state.lines[i].detached_at || !is_invoiced(state, state.lines[i].phase_id)) continue;
    if (charges) lifecycle_detail::charge_again(step, i, from, used, covered[i]);
    lifecycle_detail::go_on_in_arrears(step, i, from, used);
  }
  RunCounts counts;
  step.finish(counts);
  plan_events(work, state);
  save_state(work, state);
  keep_open_invoice(work, state);
  step.news.tell_all(work, state);
  tell(work, state, "subscription.reactivated");
  TB_CHECK(bill_subscription_until(work, state, work.now()));
  return state;
}

Result<SubscriptionState> renew_subscription(UnitOfWork& work, SubscriptionId const& id,
                                             Instant up_to) {
  TB_TRY(state, load_current(work, id));
  auto& subscription = state.subscription;
  TB_CHECK(require_state(work, subscription, SubscriptionCall::renew));
  if (up_to <= work.now()) return fail(errors::invalid_field("up_to", "expected a moment to come"));
  if (auto const change = next_change(work, state); change && *change <= up_to)
    return fail(refused_by_state(work, subscription, SubscriptionCall::renew,
                                 "A phase ends or a change is planned for " +
                                     format_instant(*change) + "; renew up to before that"));
  StepNews news;
  for (int steps = 0;; ++steps) {
    std::optional<Instant> next;
    for (auto const& line : state.lines) {
      bool const ahead = !line.detached_at && line.next_charge_at &&
                         line.payment_schedule == PaymentSchedule::start &&
                         *line.next_charge_at <= up_to;
      if (ahead && (!next || *line.next_charge_at < *next)) next = line.next_charge_at;
    }
    if (!next) break;
    if (steps == lifecycle_detail::most_renewals)
      return fail(errors::invalid_field("up_to", "more than 1,000 periods; expected less"));
    BillingStep step(work, state, *next);
    if (!step.charge(PaymentSchedule::start)) break;
    RunCounts counts;
    step.finish(counts);
    news.add_all(std::move(step.news));
  }
  subscription.renewed_until = up_to;
  save_state(work, state);
  news.tell_all(work, state);
  tell(work, state, "subscription.updated");
  return state;
}

Result<SubscriptionState> begin_next_phase(UnitOfWork& work, SubscriptionId const& id,
                                           std::optional<Instant> at) {
  TB_TRY(state, load_current(work, id));
  auto& subscription = state.subscription;
  TB_CHECK(require_state(work, subscription, SubscriptionCall::next_phase));
  auto const waiting = std::ranges::find(state.phases, PhaseStatus::pending,
                                         [](auto const& phase) { return phase.status; });
  if (waiting == state.phases.end())
    return fail(refused_by_state(work, subscription, SubscriptionCall::next_phase,
                                 "The subscription is in its last phase; there is no next one"));
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  Instant const moment = at.value_or(work.now());
  Date const day = zone.date_of(moment);
  if (is_over_before(*waiting, day, subscription.contract_terms, zone))
    return fail(refused_by_state(work, subscription, SubscriptionCall::next_phase,
                                 "The subscription's next phase would be over before it begins; "
                                 "change its end first"));
  for (auto& phase : state.phases) {
    if (phase.id != subscription.current_phase_id) continue;
    if (phase.starts_at && moment < *phase.starts_at)
      return fail(errors::invalid_field("transition_date", "the running phase starts later"));
    if (moment > work.now()) {
      phase.end_strategy = PhaseEnd::end_date;
      phase.ends_at = zone.start_of(day) - 1;
      work.records<SubscriptionPhase>().update(phase);
      plan_events(work, state);
      save_state(work, state, false);
      return state;
    }
  }
  if (auto const first = changeable_from(subscription, state.lines); first && moment < *first)
    return fail(errors::invalid_field(
        "transition_date",
        "expected a date within the running period, from " + format_instant(*first)));
  BillingStep step(work, state, work.now());
  next_phase(step, {day, moment});
  step.charge(PaymentSchedule::start);
  RunCounts counts;
  step.finish(counts);
  save_state(work, state);
  keep_open_invoice(work, state);
  step.news.tell_all(work, state);
  TB_CHECK(bill_subscription_until(work, state, work.now()));
  return state;
}

}  // namespace tallybook
