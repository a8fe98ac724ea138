// What ends and what begins when lines hand over to others.
#include <algorithm>

#include "app/credit/overage.hpp"
#include "app/subscription/changing.hpp"
#include "app/subscription/paid_terms.hpp"
#include "app/subscription/running_period.hpp"
#include "app/subscription/seats.hpp"
#include "app/subscription/unchanged.hpp"
#include "base/assert.hpp"

namespace tallybook {
namespace handing_over_detail {

// Nothing is charged for the change: the new line charges the whole open period at its end.
bool takes_over(SubscriptionLine const& next, SubscriptionLine const& line) {
  bool const open = (next.payment_schedule == PaymentSchedule::end &&
                     line.payment_schedule == PaymentSchedule::end) ||
                    (next.payment_schedule == PaymentSchedule::start && unbilled_front(line));
  return next.product_id == line.product_id && next.payment_interval == line.payment_interval &&
         open;
}

// The period of the line that begins on the day was charged in advance.
bool is_paid_from(SubscriptionLine const& line, Date day, TimeZone const& zone) {
  if (line.payment_schedule != PaymentSchedule::start || !line.next_charge_at) return false;
  // Whenever in it the line took over.
  auto const dates = running_dates(line, zone);
  return dates && cycle_at(line, dates->end - 1).start == day;
}

// What is charged once was charged already, at the same terms: it goes on without another charge.
bool was_charged_once(Handover const& how, SubscriptionLine const& next,
                      std::vector<SubscriptionLine> const& running) {
  if (how.direct || next.payment_interval.period != WirePeriod::once) return false;
  return std::ranges::any_of(running, [&](SubscriptionLine const& line) {
    bool const same = how.method == CalculationMethod::do_not_charge || same_charges(line, next);
    return line.product_id == next.product_id && line.period_start_on && !line.next_charge_at &&
           line.payment_interval.period == WirePeriod::once && same;
  });
}

// One hand-over in the making.
struct HandingOver {
  UnitOfWork& work;
  SubscriptionState& state;
  Handover const& how;
  TimeZone const& zone;
  std::vector<SubscriptionLine> running;  // the lines that end, as they ran
  std::set<std::string> unchanged;        // products that go on as they are
  Adjustments adjustments;
};

// Where the next line goes on with a day that a change cut by its time: what was used before that
// moment was charged.
bool goes_on_in_the_day(Handover const& how, SubscriptionLine const& next,
                        SubscriptionLine const& line) {
  bool const in_the_day = line.period_starts_at && line.period_start_on == how.cut.day &&
                          how.cut.basis == ProrationBasis::calendar_days;
  if (!in_the_day || next.product_id != line.product_id) return false;
  if (next.type == ProductType::dynamic) return true;
  return how.keep_cycles && !how.direct && next.payment_schedule == line.payment_schedule &&
         next.payment_interval == line.payment_interval;
}

// What is counted is not given back by its time.
Cut cut_of_paid(Handover const& how, SubscriptionLine const& line,
                std::vector<SubscriptionLine*> const& after) {
  bool const stands =
      line.type == ProductType::dynamic || std::ranges::any_of(after, [&](auto const* next) {
        return goes_on_in_the_day(how, *next, line);
      });
  bool const in_the_day = line.period_starts_at && line.period_start_on == how.cut.day;
  if (!stands || !in_the_day) return how.cut;
  return {how.cut.day, *line.period_starts_at, ProrationBasis::milliseconds};
}

void end_line(HandingOver& handing, SubscriptionLine& line,
              std::vector<SubscriptionLine*> const& after) {
  auto& work = handing.work;
  auto& state = handing.state;
  auto const& how = handing.how;
  auto const& zone = handing.zone;
  auto& adjustments = handing.adjustments;
  auto const dates = open_dates(line, zone);
  bool const passed_over = how.paused_until && is_due(line, *how.paused_until);
  bool const arrears = line.payment_schedule == PaymentSchedule::end || dates;
  // A period that goes on is charged whole at its end; one that is cut short is charged here.
  bool const goes_on = how.method == CalculationMethod::do_not_charge ||
                       handing.unchanged.contains(line.product_id.value);
  bool const taken_over =
      goes_on && !how.direct && how.keep_cycles && how.charge_new &&
      std::ranges::any_of(after, [&](auto const* next) { return takes_over(*next, line); });
  if (arrears && dates && how.charge_arrears && !passed_over && !taken_over &&
      line.next_charge_at) {
    if (auto const used = used_part(line, how.cut, zone))
      std::ranges::move(change_lines(work, state, line, *used, whole_cycle(line, *dates), how.kind),
                        std::back_inserter(adjustments.charges));
  }
  // In arrears that is what a change charged of the period, where the cut lies before it.
  if (!how.direct && how.method == CalculationMethod::pro_rata &&
      !handing.unchanged.contains(line.product_id.value))
    std::ranges::move(paid_after(work, line.subscription_id, line.product_id,
                                 cut_of_paid(how, line, after), zone),
                      std::back_inserter(adjustments.credits));
  // A line that goes on selling the credits bills it with its next charge.
  bool const sold_on = std::ranges::any_of(
      after, [&](auto const* next) { return next->product_id == line.product_id; });
  if (how.charge_arrears && how.method != CalculationMethod::do_not_charge && !sold_on) {
    if (auto beyond = take_overage(work, state.subscription, line, how.cut.day))
      adjustments.charges.push_back(*std::move(beyond));
  }
  line.detached_at = how.cut.at;
  line.next_charge_at.reset();
}

// What a line that joined a running cycle costs for the rest of it.
void charge_rest(HandingOver& handing, SubscriptionLine& line, SubscriptionLine const& joined) {
  auto const& how = handing.how;
  auto const& zone = handing.zone;
  auto const free = how.method == CalculationMethod::do_not_charge
                        ? std::nullopt
                        : free_terms(handing.work, line, joined, how.cut.day, zone);
  if (free) skip_charges(line, zone.start_of(how.cut.day), zone);
  auto const rest = free ? rest_of_cycle(line, how.cut, how.method, zone)
                         : rest_to_charge(line, how.cut, how.method, zone);
  // A period that fell due in the pause has no rest either.
  bool const passed = how.paused_until && is_due(joined, zone.start_of(how.cut.day));
  if (passed && line.payment_schedule == PaymentSchedule::start)
    line.passed_over_on = cycle_at(line, how.cut.day).start;
  if (how.paused_until) pass_over(line, *how.paused_until, zone);
  if (!rest || passed || !how.charge_new) return;
  auto charged = change_line(handing.work, handing.state, line, free ? &*free : nullptr,
                             rest->share, rest->cycle, how.kind, how.cut.basis);
  if (!free || charged.exact_amount > Exact(0))
    handing.adjustments.charges.push_back(std::move(charged));
}

SubscriptionLine const* running_of(HandingOver const& handing, SubscriptionLine const& line) {
  auto const found =
      std::ranges::find(handing.running, line.product_id, &SubscriptionLine::product_id);
  return found == handing.running.end() ? nullptr : &*found;
}

// What the line's running period is paid for.
void keep_paid(HandingOver const& handing, SubscriptionLine& line) {
  auto const* running = running_of(handing, line);
  bool const at_end = line.payment_schedule == PaymentSchedule::end;
  bool const was_at_end = running != nullptr && running->payment_schedule == PaymentSchedule::end;
  if (handing.unchanged.contains(line.product_id.value) || (at_end && was_at_end))
    line.paid = running->paid;
  else if (at_end && running != nullptr && !unbilled_front(*running) && line.period_end_on &&
           running->period_start_on == line.period_end_on)
    line.paid = PaidTerms{full_price(*running), *line.period_end_on, std::nullopt};
  else if (handing.how.method == CalculationMethod::do_not_charge && !handing.how.direct)
    line.paid = paid_after_waiving(handing.work, running, line, handing.zone);
}

// What is sold again was paid for these days, where a change that gave nothing back took it off.
void give_back_what_was_paid(HandingOver& handing, SubscriptionLine const& line) {
  auto const& how = handing.how;
  if (how.method == CalculationMethod::do_not_charge || how.direct ||
      line.type == ProductType::dynamic || running_of(handing, line) != nullptr)
    return;
  std::ranges::move(paid_after(handing.work, line.subscription_id, line.product_id,
                               paid_from(line, how.cut, how.method, handing.zone), handing.zone),
                    std::back_inserter(handing.adjustments.credits));
}

void begin_line(HandingOver& handing, SubscriptionLine& line, SubscriptionPhase const& phase) {
  auto const& how = handing.how;
  auto const& zone = handing.zone;
  Instant const start = zone.start_of(how.cut.day);
  line.attached_at = how.cut.at;
  auto const* joined =
      how.keep_cycles && !how.direct ? cycle_to_join(line, handing.running) : nullptr;
  // A period that begins on the cut's day was paid already when nothing is to be charged.
  auto const* paid = how.method == CalculationMethod::do_not_charge
                         ? cycle_to_join(line, handing.running)
                         : nullptr;
  bool const waived =
      line.payment_schedule == PaymentSchedule::start &&
      (how.waives_new || (paid != nullptr && is_paid_from(*paid, how.cut.day, zone)));
  if (joined == nullptr) {
    start_phase_line(line, phase, how.cut.day, zone);
    line.attached_at = how.cut.at;
  } else {
    join_cycle(line, *joined, how.cut.day, zone);
  }
  if (was_charged_once(how, line, handing.running)) line.next_charge_at.reset();
  for (auto const& ended : handing.running) {
    if (goes_on_in_the_day(how, line, ended)) line.period_starts_at = ended.period_starts_at;
  }
  bool const unchanged = handing.unchanged.contains(line.product_id.value);
  // Their running period was charged already.
  if (waived || unchanged) skip_charges(line, start, zone);
  bool const goes_on = how.method == CalculationMethod::do_not_charge || unchanged;
  if (joined != nullptr && goes_on && how.charge_arrears && how.charge_new &&
      takes_over(line, *joined)) {
    line.period_start_on = joined->period_start_on;
    line.period_starts_at = joined->period_starts_at;
  }
  if (joined == nullptr || unchanged) {
    if (how.paused_until) pass_over(line, *how.paused_until, zone);
    return;
  }
  charge_rest(handing, line, *joined);
}

}  // namespace handing_over_detail

Adjustments hand_over(UnitOfWork& work, SubscriptionState& state,
                      std::vector<SubscriptionLine*> const& before,
                      std::vector<SubscriptionLine*> const& after, SubscriptionPhase const& phase,
                      Handover const& how, TimeZone const& zone) {
  handing_over_detail::HandingOver handing{work, state, how, zone, {}, {}, {}};
  for (auto const* line : before) handing.running.push_back(*line);
  for (auto* line : after) {
    if (is_connected_seat(*line))
      line->count = connected_seats(work, state.subscription.customer_id, *line->aggregator_id,
                                    work.now() + 1);
  }
  handing.unchanged = unchanged_products(work, state, before, after, phase, how, zone);
  for (auto* line : before) handing_over_detail::end_line(handing, *line, after);
  for (auto* line : after) {
    handing_over_detail::begin_line(handing, *line, phase);
    handing_over_detail::keep_paid(handing, *line);
    handing_over_detail::give_back_what_was_paid(handing, *line);
  }
  return std::move(handing.adjustments);
}

Result<void> check_waived(std::vector<SubscriptionLine const*> const& running,
                          std::vector<SubscriptionLine const*> const& wanted,
                          std::vector<std::string> const& paths, Date day, TimeZone const& zone) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto const& next = *wanted[i];
    for (auto const* line : running) {
      bool const interval = line->payment_interval != next.payment_interval;
      bool const at_start = line->payment_schedule == PaymentSchedule::start;
      bool const in_advance = at_start && !unbilled_front(*line);
      if (!moves_days(*line, next)) continue;
      auto const front = unbilled_front(*line);
      auto const dates = front ? front : running_dates(*line, zone);
      if (!dates) continue;
      // On a day to come, but where a period begins, it would run in the same way.
      auto const period = dates->contains(day) ? *dates : cycle_at(*line, day);
      bool const to_come = day >= dates->end && period.start != day;
      if (dates->contains(day) || to_come)
        return fail(errors::invalid_field(
            paths[i] + (at_start && interval ? ".payment_interval" : ".payment_schedule"),
            std::string("the product is ") + (in_advance ? "paid" : "charged at the end") +
                (in_advance ? " until " : " of the period until ") + format_date(period.end - 1) +
                "; change that with a transition that is prorated, or when that period ends"));
    }
  }
  return {};
}

std::optional<PaidBeyond> paid_beyond(std::vector<SubscriptionLine const*> const& running,
                                      std::vector<SubscriptionLine const*> const& wanted, Date day,
                                      TimeZone const& zone) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (auto const* line : running) {
      bool const recurs = wanted[i]->payment_interval.period != WirePeriod::once;
      bool const in_advance =
          line->payment_schedule == PaymentSchedule::start && !unbilled_front(*line);
      if (line->product_id != wanted[i]->product_id || !recurs || !in_advance) continue;
      auto const dates = running_dates(*line, zone);
      if (!dates || dates->end <= dates->start) continue;
      // On a day to come it would run in the same way.
      auto const period = day < dates->end ? *dates : cycle_at(*line, day);
      if (period.contains(day) && (day < dates->end || period.start != day))
        return PaidBeyond{i, period.end};
    }
  }
  return std::nullopt;
}

}  // namespace tallybook
