#include "domain/subscription/billing.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "calendar/proration.hpp"
#include "domain/subscription/metering.hpp"

namespace tallybook {
namespace billing_detail {

CycleAlignment alignment_of(SubscriptionLine const& line) {
  return line.alignment == BillingCycleAlignment::calendar_period ? CycleAlignment::calendar_period
                                                                  : CycleAlignment::anniversary;
}

bool is_once(SubscriptionLine const& line) {
  return line.payment_interval.period == WirePeriod::once;
}

Period period_at(SubscriptionLine const& line, Date start) {
  return period_from(start, line.anchor_on, to_billing_interval(line.payment_interval),
                     alignment_of(line));
}

Period cycle_of(SubscriptionLine const& line, Period period) {
  return full_cycle(period, line.anchor_on, to_billing_interval(line.payment_interval),
                    alignment_of(line));
}

// The cycles a period holds, each of its parts by the days of its own cycle.
Exact cycles_in(SubscriptionLine const& line, Period period) {
  Exact sum;
  for (Date day = period.start; day < period.end;) {
    Period const cycle = cycle_of(line, {day, day + 1});
    Date const end = std::min(cycle.end, period.end);
    sum += Exact(end - day) / Exact(cycle.days());
    day = end;
  }
  return sum;
}

// The same by time.
Exact cycles_in(SubscriptionLine const& line, InstantRange time, TimeZone const& zone) {
  Exact sum;
  while (time.start < time.end) {
    Date const day = zone.date_of(time.start);
    InstantRange const cycle = to_instants(cycle_of(line, {day, day + 1}), zone);
    InstantRange const part{time.start, std::min(cycle.end, time.end)};
    sum += proration_ms(part, cycle);
    time.start = part.end;
  }
  return sum;
}

// From where a change cut the line's period to the end of its day `last`.
ChargedPart part_of(SubscriptionLine const& line, Period period, TimeZone const& zone) {
  if (!line.period_starts_at) return {period, cycles_in(line, period), {}};
  InstantRange const time{*line.period_starts_at, zone.start_of(period.end)};
  return {period, cycles_in(line, time, zone), time};
}

}  // namespace billing_detail

void start_line(SubscriptionLine& line, Date start, BillingCycleAlignment alignment,
                TimeZone const& zone) {
  line.alignment = alignment;
  line.anchor_on = start;
  line.period_start_on = start;
  line.period_starts_at.reset();
  if (billing_detail::is_once(line)) {
    line.period_end_on.reset();
    line.next_charge_at = zone.start_of(start);
    return;
  }
  Period const first = billing_detail::period_at(line, start);
  line.period_end_on = first.end;
  line.next_charge_at = zone.start_of(TB_MUTANT(97, line.payment_schedule == PaymentSchedule::start,
                                                line.payment_schedule != PaymentSchedule::start)
                                          ? first.start
                                          : first.end);
}

DueCharge due_charge(SubscriptionLine const& line, TimeZone const& zone) {
  TB_ASSERT(line.next_charge_at && line.period_start_on);
  if (billing_detail::is_once(line)) {
    Period const day{*line.period_start_on, *line.period_start_on + 1};
    return {{day}, day, *line.next_charge_at};
  }
  Period const period{*line.period_start_on, *line.period_end_on};
  return {billing_detail::part_of(line, period, zone), billing_detail::cycle_of(line, period),
          *line.next_charge_at};
}

// In advance the period named by the line is charged at its start, then the next one is named; in
// arrears it is charged at its end. Either way the line moves to the period that follows.
void advance_line(SubscriptionLine& line, TimeZone const& zone) {
  if (billing_detail::is_once(line)) {
    line.next_charge_at.reset();
    return;
  }
  Period const next = billing_detail::period_at(line, *line.period_end_on);
  line.period_start_on = next.start;
  line.period_starts_at.reset();
  line.period_end_on = next.end;
  line.next_charge_at = zone.start_of(TB_MUTANT(98, line.payment_schedule == PaymentSchedule::start,
                                                line.payment_schedule != PaymentSchedule::start)
                                          ? next.start
                                          : next.end);
}

Period cycle_at(SubscriptionLine const& line, Date day) {
  if (auto const period =
          period_containing(day, line.anchor_on, to_billing_interval(line.payment_interval),
                            billing_detail::alignment_of(line)))
    return *period;
  Period const whole = whole_cycle(line, {day, day + 1});
  return {whole.start, std::min(whole.end, line.anchor_on)};
}

Period whole_cycle(SubscriptionLine const& line, Period period) {
  return billing_detail::cycle_of(line, period);
}

std::optional<Period> running_dates(SubscriptionLine const& line, TimeZone const& zone) {
  if (billing_detail::is_once(line) || !line.period_start_on || !line.period_end_on)
    return std::nullopt;
  if (line.payment_schedule == PaymentSchedule::end)
    return Period{*line.period_start_on, *line.period_end_on};
  // In advance the line names the next period to charge; before the first charge nothing runs.
  Date const first = zone.date_of(line.attached_at);
  Date const end = *line.period_start_on;
  if (end <= first) return std::nullopt;
  return Period{std::max(cycle_at(line, end - 1).start, first), end};
}

std::optional<Period> unbilled_front(SubscriptionLine const& line) {
  bool const front = line.payment_schedule == PaymentSchedule::start && line.next_charge_at &&
                     line.period_start_on && line.period_end_on == line.anchor_on &&
                     *line.period_start_on < line.anchor_on;
  if (!front) return std::nullopt;
  return Period{*line.period_start_on, *line.period_end_on};
}

std::optional<Period> open_dates(SubscriptionLine const& line, TimeZone const& zone) {
  if (line.payment_schedule == PaymentSchedule::start) return unbilled_front(line);
  return running_dates(line, zone);
}

std::optional<ChargedPart> open_part(SubscriptionLine const& line, TimeZone const& zone) {
  auto const open = open_dates(line, zone);
  if (!open) return std::nullopt;
  return billing_detail::part_of(line, *open, zone);
}

Instant moment_of(Cut const& cut, TimeZone const& zone) {
  return cut.basis == ProrationBasis::milliseconds ? cut.at : zone.start_of(cut.day);
}

void open_from(SubscriptionLine& line, Cut const& cut) {
  line.period_start_on = cut.day;
  line.period_starts_at.reset();
  if (cut.basis == ProrationBasis::milliseconds) line.period_starts_at = cut.at;
}

void skip_charges(SubscriptionLine& line, Instant until, TimeZone const& zone) {
  while (line.next_charge_at && *line.next_charge_at <= until && !billing_detail::is_once(line))
    advance_line(line, zone);
}

bool is_due(SubscriptionLine const& line, Instant by) {
  return line.next_charge_at && *line.next_charge_at <= by;
}

void pass_over(SubscriptionLine& line, Instant until, TimeZone const& zone) {
  if (line.payment_schedule == PaymentSchedule::end || billing_detail::is_once(line))
    return skip_charges(line, until, zone);
  while (is_due(line, until)) {
    line.passed_over_on = cycle_at(line, *line.period_end_on - 1).start;
    advance_line(line, zone);
  }
}

bool same_charges(SubscriptionLine const& a, SubscriptionLine const& b) {
  auto const same_tier = [](PriceTier left, PriceTier right) {
    left.id = right.id;
    return left == right;
  };
  return a.type == b.type && a.payment_interval == b.payment_interval &&
         a.payment_schedule == b.payment_schedule && a.price_type == b.price_type &&
         a.count == b.count &&
         a.price_options.value_or(PriceOptions{}) == b.price_options.value_or(PriceOptions{}) &&
         a.credits_expiration_in_days == b.credits_expiration_in_days &&
         a.expire_credits_at_end_of_period == b.expire_credits_at_end_of_period &&
         a.credits_grant_mode == b.credits_grant_mode &&
         std::ranges::equal(a.prices, b.prices, same_tier);
}

CycleShare share_after(Period running, Period cycle, Cut const& cut, TimeZone const& zone) {
  Date const day = TB_MUTANT(104, std::clamp(cut.day, running.start, running.end),
                             std::clamp(cut.day + 1, running.start, running.end));
  CycleShare share{{day, running.end}, to_instants({day, running.end}, zone), 0};
  if (cut.basis == ProrationBasis::calendar_days) {
    share.fraction = proration_days(share.period, cycle);
    return share;
  }
  InstantRange const whole = to_instants(running, zone);
  share.range.start = std::clamp(cut.at, whole.start, whole.end);
  share.fraction = proration_ms(share.range, to_instants(cycle, zone));
  return share;
}

std::optional<ChargedPart> used_part(SubscriptionLine const& line, Cut const& cut,
                                     TimeZone const& zone) {
  auto const open = open_dates(line, zone);
  if (!open) return std::nullopt;
  Period days{open->start, TB_MUTANT(105, std::min(cut.day, open->end), open->end)};
  if (!line.period_starts_at && cut.basis == ProrationBasis::calendar_days) {
    if (days.end <= days.start) return std::nullopt;
    return ChargedPart{days, billing_detail::cycles_in(line, days), {}};
  }
  InstantRange const whole = to_instants(*open, zone);
  InstantRange const used{line.period_starts_at.value_or(whole.start),
                          std::min(moment_of(cut, zone), whole.end)};
  if (TB_MUTANT(128, used.end <= used.start, used.end < whole.start)) return std::nullopt;
  days.end = zone.date_of(used.end - 1) + 1;
  return ChargedPart{days, billing_detail::cycles_in(line, used, zone), used};
}

ChargeAmount charge_amount(SubscriptionLine const& line, Exact const& fraction,
                           Exact const& quantity, std::vector<Exact> const& values) {
  ChargeAmount charge;
  bool const several_tiers = line.prices.size() > 1 || line.price_type == PriceType::bps ||
                             line.price_type == PriceType::packaged;
  if (line.type != ProductType::dynamic) {
    auto const full =
        price_quantity(line.prices, line.count, line.price_options.value_or(PriceOptions{}));
    charge.units = line.count;
    charge.amount_minor = TB_MUTANT(99, full.amount_minor * fraction, full.amount_minor);
    charge.single_price = !several_tiers && fraction == Exact(1);
    if (!line.count.is_zero()) charge.unit_amount = charge.amount_minor / line.count;
    return charge;
  }
  return price_window(line, fraction, {{&line.prices, quantity, values, 0}}, true).front();
}

Date end_of_service(Instant cancel_at, std::vector<SubscriptionLine> const& lines,
                    TimeZone const& zone) {
  Date const day = zone.date_of(cancel_at);
  if (cancel_at == zone.start_of(day)) {
    for (auto const& line : lines) {
      if (line.detached_at || billing_detail::is_once(line)) continue;
      bool const at_start =
          line.payment_schedule == PaymentSchedule::start && !unbilled_front(line);
      auto const boundary = at_start ? line.period_start_on : line.period_end_on;
      if (boundary == day) return day;
      // In arrears the period before may have been charged at that very midnight already.
      if (!at_start && line.period_start_on == day && line.attached_at < cancel_at &&
          cycle_at(line, day).start == day)
        return day;
    }
  }
  return TB_MUTANT(103, day + 1, day);
}

std::optional<Instant> next_due(Subscription const& subscription,
                                std::vector<SubscriptionLine> const& lines, TimeZone const& zone) {
  if (subscription.status == SubscriptionStatus::pending) {
    // A planned end before the start still has to void it.
    std::optional<Instant> due = subscription.activation_strategy == ActivationStrategy::start_date
                                     ? subscription.starts_at
                                     : std::nullopt;
    if (subscription.cancel_at && (!due || *subscription.cancel_at < *due))
      due = subscription.cancel_at;
    return due;
  }
  std::optional<Instant> due;
  if (subscription.status == SubscriptionStatus::paused) {
    due = subscription.reactivate_at;
    if (subscription.cancel_at && (!due || *subscription.cancel_at < *due))
      due = subscription.cancel_at;
    return due;
  }
  // What could not be billed ends all the same when that is planned.
  if (subscription.status == SubscriptionStatus::errored) return subscription.cancel_at;
  if (subscription.status != SubscriptionStatus::active) return std::nullopt;
  due = subscription.next_event_at;
  for (auto const& line : lines) {
    if (line.next_charge_at && !line.detached_at && (!due || *line.next_charge_at < *due))
      due = line.next_charge_at;
  }
  if (subscription.cancel_at) {
    Instant const end = zone.start_of(end_of_service(*subscription.cancel_at, lines, zone));
    if (!due || end < *due) due = end;
  }
  return due;
}

std::vector<ProratedPart> used_in_arrears(std::vector<SubscriptionLine> const& lines, Date end_on,
                                          TimeZone const& zone) {
  std::vector<ProratedPart> parts;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto const& line = lines[i];
    bool const open = line.payment_schedule == PaymentSchedule::end || unbilled_front(line);
    if (line.detached_at || !open || !line.period_start_on || !line.period_end_on) continue;
    if (TB_MUTANT(106, end_on <= *line.period_start_on, end_on <= *line.period_start_on + 1))
      continue;
    Period const running{*line.period_start_on, *line.period_end_on};
    Period const used{running.start, TB_MUTANT(107, std::min(end_on, running.end), running.end)};
    parts.push_back({i, billing_detail::part_of(line, used, zone)});
  }
  return parts;
}

std::optional<Date> end_of_running_periods(std::vector<SubscriptionLine> const& lines) {
  std::optional<Date> end;
  for (auto const& line : lines) {
    if (line.detached_at || billing_detail::is_once(line) || !line.period_start_on) continue;
    // In advance the named period is not charged yet: the running one ends where it starts.
    bool const at_start = line.payment_schedule == PaymentSchedule::start && !unbilled_front(line);
    Date const line_end = at_start ? *line.period_start_on : *line.period_end_on;
    if (!end || line_end > *end) end = line_end;
  }
  return end;
}

std::optional<Date> end_of_periods_at(std::vector<SubscriptionLine> const& lines, Instant at,
                                      TimeZone const& zone) {
  Date const day = zone.date_of(at);
  bool const at_midnight = zone.start_of(day) == at;
  std::optional<Date> end;
  for (auto const& line : lines) {
    auto const running = end_of_running_periods({line});
    if (!running) continue;
    Date line_end = *running;
    // A period that ends at that very midnight has ended.
    bool const further = at_midnight ? line_end < day : line_end <= day;
    if (further) line_end = cycle_at(line, at_midnight ? day - 1 : day).end;
    if (!end || line_end > *end) end = line_end;
  }
  return end;
}

Exact annual_value(std::vector<SubscriptionLine> const& lines) {
  Exact total;
  for (auto const& line : lines) {
    if (line.detached_at || line.type == ProductType::dynamic || billing_detail::is_once(line))
      continue;
    auto const interval = to_billing_interval(line.payment_interval);
    Exact per_year;
    switch (interval.period) {
      case IntervalPeriod::days:
        per_year = Exact(365);
        break;
      case IntervalPeriod::weeks:
        per_year = TB_MUTANT(108, Exact::fraction(365, 7), Exact(52));
        break;
      case IntervalPeriod::months:
        per_year = Exact(12);
        break;
      case IntervalPeriod::years:
        per_year = Exact(1);
        break;
      case IntervalPeriod::once:
        break;
    }
    total += price_quantity(line.prices, line.count, line.price_options.value_or(PriceOptions{}))
                 .amount_minor *
             per_year / Exact(interval.count);
  }
  return total;
}

}  // namespace tallybook
