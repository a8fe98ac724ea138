#include "domain/subscription/phases.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "calendar/proration.hpp"

namespace tallybook {
namespace phases_detail {

Instant last_moment_before(Date day, TimeZone const& zone) { return zone.start_of(day) - 1; }

bool is_once(SubscriptionLine const& line) {
  return line.payment_interval.period == WirePeriod::once;
}

std::optional<Instant> end_of(ContractTerms const& contract, Instant starts_at,
                              TimeZone const& zone) {
  if (contract.ends_at) return contract.ends_at;
  if (contract.end_strategy == ContractEnd::duration && contract.duration)
    return last_moment_before(later_by(zone.date_of(starts_at), *contract.duration), zone);
  return std::nullopt;
}

}  // namespace phases_detail

Date later_by(Date date, Duration duration) {
  BillingInterval interval{IntervalPeriod::months, duration.count};
  switch (duration.period) {
    case DurationPeriod::days:
      interval.period = IntervalPeriod::days;
      break;
    case DurationPeriod::weeks:
      interval.period = IntervalPeriod::weeks;
      break;
    case DurationPeriod::months:
      break;
    case DurationPeriod::years:
      interval.period = IntervalPeriod::years;
      break;
  }
  return anniversary(date, interval, 1);
}

Date day_after_end(Instant ends_at, TimeZone const& zone) { return zone.date_of(ends_at) + 1; }

std::optional<Date> phase_boundary(SubscriptionPhase const& phase, TimeZone const& zone) {
  if (!phase.ends_at || phase.end_strategy == PhaseEnd::manual ||
      phase.end_strategy == PhaseEnd::forever)
    return std::nullopt;
  return day_after_end(*phase.ends_at, zone);
}

void begin_phase(SubscriptionPhase& phase, Instant start, ContractTerms const& contract,
                 TimeZone const& zone) {
  phase.status = PhaseStatus::active;
  phase.starts_at = start;
  switch (phase.end_strategy) {
    case PhaseEnd::duration:
      TB_ASSERT(phase.duration.has_value());
      phase.ends_at =
          phases_detail::last_moment_before(later_by(zone.date_of(start), *phase.duration), zone);
      break;
    case PhaseEnd::contract_end_date:
      phase.ends_at = contract.ends_at;
      break;
    case PhaseEnd::end_date:
      break;
    case PhaseEnd::manual:
    case PhaseEnd::forever:
      phase.ends_at.reset();
  }
}

void start_phase_line(SubscriptionLine& line, SubscriptionPhase const& phase, Date start,
                      TimeZone const& zone) {
  start_line(line, start, phase.billing_cycle_alignment, zone);
  line.attached_at = std::max(line.attached_at, *phase.starts_at);
  if (phase.billing_date_setting != BillingDateSetting::specific_date ||
      !phase.initial_billing_at || phases_detail::is_once(line))
    return;
  Date const billing = zone.date_of(*phase.initial_billing_at);
  if (billing <= start) return;
  // Calendar periods follow the first billing, the partial one first.
  line.anchor_on = billing;
  line.period_end_on = billing;
  line.next_charge_at = zone.start_of(billing);
}

SubscriptionLine const* cycle_to_join(SubscriptionLine const& line,
                                      std::vector<SubscriptionLine> const& before) {
  if (phases_detail::is_once(line)) return nullptr;
  SubscriptionLine const* found = nullptr;
  for (auto const& running : before) {
    if (running.payment_interval != line.payment_interval || !running.period_start_on) continue;
    if (running.product_id == line.product_id) return &running;
    if (found == nullptr) found = &running;
  }
  return found;
}

bool keeps_cycles(std::vector<SubscriptionLine> const& before,
                  std::vector<SubscriptionLine const*> const& after) {
  return std::ranges::any_of(after, [&](SubscriptionLine const* line) {
    auto const* running = cycle_to_join(*line, before);
    return running != nullptr && running->product_id == line->product_id;
  });
}

bool moves_days(SubscriptionLine const& running, SubscriptionLine const& next) {
  bool const recurs = running.payment_interval.period != WirePeriod::once &&
                      next.payment_interval.period != WirePeriod::once;
  if (running.product_id != next.product_id || next.type == ProductType::dynamic ||
      TB_MUTANT(133, !recurs, false))
    return false;
  // In front of a first billing, too: its days are charged with a period of the same length.
  bool const in_advance = running.payment_schedule == PaymentSchedule::start;
  return (TB_MUTANT(130, in_advance, true) && running.payment_interval != next.payment_interval) ||
         running.payment_schedule != next.payment_schedule;
}

void join_cycle(SubscriptionLine& line, SubscriptionLine const& running, Date start,
                TimeZone const& zone) {
  line.alignment = running.alignment;
  line.anchor_on = running.anchor_on;
  line.period_starts_at.reset();
  bool const in_advance = line.payment_schedule == PaymentSchedule::start;
  if (start < line.anchor_on) {
    // Nothing was billed yet: a start that is to come, or a first billing behind the start.
    bool const to_come = *running.period_start_on >= line.anchor_on;
    line.period_start_on = to_come ? line.anchor_on : start;
    line.period_end_on = to_come ? cycle_at(line, line.anchor_on).end : line.anchor_on;
    line.next_charge_at =
        zone.start_of(in_advance && to_come ? line.anchor_on : *line.period_end_on);
    return;
  }
  Period const cycle = cycle_at(line, start);
  if (in_advance && cycle.start < start) {
    Period const next = cycle_at(line, cycle.end);
    line.period_start_on = next.start;
    line.period_end_on = next.end;
  } else {
    line.period_start_on = start;
    line.period_end_on = cycle.end;
  }
  line.next_charge_at = zone.start_of(in_advance ? *line.period_start_on : *line.period_end_on);
}

JoinedRest rest_of_cycle(SubscriptionLine const& line, Cut const& cut, CalculationMethod method,
                         TimeZone const& zone) {
  Period const running = cycle_at(line, cut.day);
  JoinedRest rest{{}, whole_cycle(line, running)};
  rest.share = share_after(running, rest.cycle, cut, zone);
  // Named by its own first day, whatever it pays for.
  if (method == CalculationMethod::pay_in_full)
    rest.share.fraction = proration_days(running, rest.cycle);
  return rest;
}

std::optional<JoinedRest> rest_to_charge(SubscriptionLine const& line, Cut const& cut,
                                         CalculationMethod method, TimeZone const& zone) {
  if (line.payment_schedule != PaymentSchedule::start || cut.day < line.anchor_on ||
      method == CalculationMethod::do_not_charge)
    return std::nullopt;
  if (cycle_at(line, cut.day).start >= cut.day) return std::nullopt;
  return rest_of_cycle(line, cut, method, zone);
}

bool begin_contract(Subscription& subscription, Instant at, TimeZone const& zone) {
  auto& terms = subscription.contract_terms;
  if (!terms.starts_at && !terms.ends_at && !terms.duration) return false;
  if (!terms.starts_at) terms.starts_at = subscription.starts_at.value_or(at);
  terms.ends_at = phases_detail::end_of(terms, *terms.starts_at, zone);
  bool const begun = *terms.starts_at <= at;
  subscription.contract_status = begun ? ContractStatus::active : ContractStatus::inactive;
  return begun;
}

std::optional<Interval> commitment_of(ContractTerms const& contract) {
  if (contract.end_strategy != ContractEnd::duration || !contract.duration) return std::nullopt;
  switch (contract.duration->period) {
    case DurationPeriod::days:
      return Interval{WirePeriod::days, contract.duration->count};
    case DurationPeriod::weeks:
      return Interval{WirePeriod::weeks, contract.duration->count};
    case DurationPeriod::months:
      return Interval{WirePeriod::months, contract.duration->count};
    case DurationPeriod::years:
      break;
  }
  return Interval{WirePeriod::years, contract.duration->count};
}

std::optional<Instant> contract_due(Subscription const& subscription, TimeZone const& zone) {
  auto const& terms = subscription.contract_terms;
  if (subscription.contract_status == ContractStatus::inactive) return terms.starts_at;
  if (subscription.contract_status == ContractStatus::finished || !terms.ends_at)
    return std::nullopt;
  return zone.start_of(day_after_end(*terms.ends_at, zone));
}

std::vector<std::string> advance_contract(Subscription& subscription, TimeZone const& zone) {
  auto& terms = subscription.contract_terms;
  if (subscription.contract_status == ContractStatus::inactive) {
    subscription.contract_status = ContractStatus::active;
    return {"subscription.contract_started"};
  }
  auto const renewal = terms.renew_for_duration ? terms.renew_for_duration : terms.duration;
  if (!terms.renew_automatically || !renewal) {
    subscription.contract_status = ContractStatus::finished;
    return {};
  }
  Date const from = day_after_end(*terms.ends_at, zone);
  if (!subscription.first_term_ends_at) subscription.first_term_ends_at = terms.ends_at;
  terms.ends_at = phases_detail::last_moment_before(later_by(from, *renewal), zone);
  return {"subscription.contract_renewed"};
}

}  // namespace tallybook
