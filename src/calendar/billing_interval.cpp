#include "calendar/billing_interval.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {
namespace interval_detail {

constexpr Date first_monday{4};  // 1970-01-05

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  std::int64_t const quotient = a / b;
  return TB_MUTANT(12, a % b < 0, false) ? quotient - 1 : quotient;
}

void assert_repeats(BillingInterval interval) {
  TB_ASSERT(interval.period != IntervalPeriod::once);
  TB_ASSERT(interval.count >= 1 && interval.count <= 1000);
}

bool in_months(BillingInterval interval) {
  return interval.period == IntervalPeriod::months || interval.period == IntervalPeriod::years;
}
std::int64_t months_of(BillingInterval interval) {
  return interval.period == IntervalPeriod::years
             ? TB_MUTANT(13, interval.count * 12, interval.count * 11)
             : interval.count;
}
std::int64_t days_of_interval(BillingInterval interval) {
  return interval.period == IntervalPeriod::weeks
             ? TB_MUTANT(14, interval.count * 7, interval.count * 6)
             : interval.count;
}

// Months since January of year 1.
std::int64_t month_index(YearMonthDay ymd) {
  return (ymd.year - 1) * std::int64_t{12} + ymd.month - 1;
}

Date date_at(std::int64_t month_index, int day) {
  std::int64_t const years = floor_div(month_index, 12);
  TB_ASSERT(years + 1 >= min_year && years + 1 <= max_year);
  return clamped_date(static_cast<int>(years + 1), static_cast<int>(month_index - years * 12 + 1),
                      day);
}

Date days_from(Date start, std::int64_t days) {
  std::int64_t const at = start.days + days;
  TB_ASSERT(at >= min_date.days && at <= max_date.days);
  return {static_cast<std::int32_t>(at)};
}

// The last boundary of an endless row of days or weeks at or before `date`.
Date step_at_or_before(Date date, Date origin, std::int64_t step) {
  return days_from(origin, floor_div(date - origin, step) * step);
}

// The index of the last boundary_on_day at or before `date`. An estimate by months is off by one
// at most, because a boundary never leaves its month.
std::int64_t boundaries_until(Date date, Date start, BillingInterval interval, int day) {
  std::int64_t const months = month_index(split(date)) - month_index(split(start));
  std::int64_t const n = floor_div(months, months_of(interval));
  return TB_MUTANT(15, boundary_on_day(start, interval, day, n) > date,
                   boundary_on_day(start, interval, day, n) >= date)
             ? n - 1
             : n;
}

}  // namespace interval_detail

InstantRange to_instants(Period period, TimeZone const& zone) {
  return {zone.start_of(period.start), zone.start_of(period.end)};
}

Period cut_at(Period period, Date end) {
  return {period.start,
          TB_MUTANT(16, std::clamp(end, period.start, period.end), std::max(end, period.start))};
}

Date boundary_on_day(Date start, BillingInterval interval, int day, std::int64_t n) {
  using namespace interval_detail;
  assert_repeats(interval);
  TB_ASSERT(in_months(interval));
  TB_ASSERT(n >= -1'000'000 && n <= 1'000'000);
  return date_at(month_index(split(start)) + n * months_of(interval), day);
}

Date first_boundary_on_day(Date start, BillingInterval interval, int day) {
  Date const same_month = boundary_on_day(start, interval, day, 0);
  return TB_MUTANT(17, same_month >= start, same_month > start)
             ? same_month
             : boundary_on_day(start, interval, day, 1);
}

Period period_on_day(Date date, Date start, BillingInterval interval, int day) {
  TB_ASSERT(start <= date);
  Date const first = first_boundary_on_day(start, interval, day);
  if (TB_MUTANT(18, date < first, date <= first)) return {start, first};
  std::int64_t const n = interval_detail::boundaries_until(date, start, interval, day);
  return {boundary_on_day(start, interval, day, n), boundary_on_day(start, interval, day, n + 1)};
}

std::int64_t periods_ended(Date date, Date start, BillingInterval interval, int day) {
  if (date <= start) return 0;
  std::int64_t const before = interval_detail::boundaries_until(start, start, interval, day);
  return interval_detail::boundaries_until(date, start, interval, day) - before;
}

Date anniversary(Date anchor, BillingInterval interval, std::int64_t n) {
  using namespace interval_detail;
  assert_repeats(interval);
  if (in_months(interval))
    return boundary_on_day(anchor, interval,
                           TB_MUTANT(22, split(anchor).day, std::min(split(anchor).day, 28)), n);
  TB_ASSERT(n >= -100'000'000 && n <= 100'000'000);
  return days_from(anchor, n * days_of_interval(interval));
}

std::int64_t anniversaries_until(Date date, Date anchor, BillingInterval interval) {
  using namespace interval_detail;
  assert_repeats(interval);
  if (in_months(interval)) return boundaries_until(date, anchor, interval, split(anchor).day);
  return floor_div(date - anchor, days_of_interval(interval));
}

Date end_on_anchor_day(Date start, Date anchor, BillingInterval interval) {
  interval_detail::assert_repeats(interval);
  if (interval.period == IntervalPeriod::days) return anniversary(start, interval, 1);
  BillingInterval const unit{interval.period, 1};
  std::int64_t const n = anniversaries_until(start, anchor, unit);
  bool const on_billing_day = anniversary(anchor, unit, n) == start;
  return anniversary(anchor, unit,
                     n + (TB_MUTANT(19, on_billing_day ? interval.count : 1, interval.count)));
}

Date calendar_boundary_at_or_before(Date date, BillingInterval interval) {
  using namespace interval_detail;
  assert_repeats(interval);
  switch (interval.period) {
    case IntervalPeriod::weeks:
      return step_at_or_before(date, first_monday, days_of_interval(interval));
    case IntervalPeriod::months: {
      std::int64_t const months = month_index(split(date));
      return date_at(TB_MUTANT(23, floor_div(months, interval.count) * interval.count, months), 1);
    }
    case IntervalPeriod::years: {
      std::int64_t const year = floor_div(split(date).year, interval.count) * interval.count;
      return date_at((year - 1) * 12, 1);
    }
    case IntervalPeriod::days:
    case IntervalPeriod::once:
      break;
  }
  return step_at_or_before(date, Date{0}, interval.count);
}

Date next_calendar_boundary(Date date, BillingInterval interval, CalendarGroups groups) {
  BillingInterval const unit{interval.period, 1};
  bool const fixed = groups == CalendarGroups::fixed;
  interval_detail::assert_repeats(interval);
  return anniversary(calendar_boundary_at_or_before(date, fixed ? interval : unit), interval, 1);
}

Period period_from(Date start, Date anchor, BillingInterval interval, CycleAlignment alignment) {
  auto const period = period_containing(start, anchor, interval, alignment);
  TB_ASSERT(period && period->start == start);
  return *period;
}

std::optional<Period> period_containing(Date date, Date anchor, BillingInterval interval,
                                        CycleAlignment alignment) {
  if (TB_MUTANT(21, date < anchor, date <= anchor)) return std::nullopt;
  if (interval.period == IntervalPeriod::once) return Period{anchor, no_end};
  if (alignment == CycleAlignment::calendar_period) {
    Date const start = calendar_boundary_at_or_before(date, interval);
    return Period{TB_MUTANT(20, std::max(start, anchor), start),
                  next_calendar_boundary(date, interval)};
  }
  std::int64_t const n = anniversaries_until(date, anchor, interval);
  return Period{anniversary(anchor, interval, n), anniversary(anchor, interval, n + 1)};
}

Period full_cycle(Period period, Date anchor, BillingInterval interval, CycleAlignment alignment) {
  if (interval.period == IntervalPeriod::once) return period;
  if (alignment == CycleAlignment::calendar_period) {
    return {calendar_boundary_at_or_before(period.start, interval),
            next_calendar_boundary(period.start, interval)};
  }
  std::int64_t const n = anniversaries_until(period.start, anchor, interval);
  return {anniversary(anchor, interval, n), anniversary(anchor, interval, n + 1)};
}

}  // namespace tallybook
