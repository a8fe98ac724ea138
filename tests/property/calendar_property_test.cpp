// Periods and local days tile time: no gap, no overlap, whatever the zone.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "calendar/billing_interval.hpp"

namespace tallybook {
namespace calendar_property {

TimeZone any_zone() {
  return TimeZone::find(*rc::gen::element<std::string>(
                            "Etc/UTC", "Europe/Paris", "America/New_York", "America/St_Johns",
                            "America/Havana", "Asia/Beirut", "Pacific/Apia", "Asia/Kolkata",
                            "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo"))
      .value();
}

Date any_date() { return {*rc::gen::inRange(-20'000, 30'000)}; }

BillingInterval any_interval() {
  auto const period = *rc::gen::element(IntervalPeriod::days, IntervalPeriod::weeks,
                                        IntervalPeriod::months, IntervalPeriod::years);
  return {period, *rc::gen::inRange(1, 20)};
}

CycleAlignment any_alignment() {
  return *rc::gen::element(CycleAlignment::anniversary, CycleAlignment::calendar_period);
}

void holds(std::string const& what, std::function<void()> const& property) {
  EXPECT_TRUE(rc::check(what, property)) << what;
}

TEST(CalendarProperty, DatesRoundTrip) {
  holds("split, make, format, parse", [] {
    Date const date{*rc::gen::inRange(-719162, 2932897)};
    YearMonthDay const ymd = split(date);
    RC_ASSERT(make_date(ymd.year, ymd.month, ymd.day) == date);
    RC_ASSERT(parse_date(format_date(date)) == date);
    RC_ASSERT(weekday(date + 1) == weekday(date) % 7 + 1);
  });
}

TEST(CalendarProperty, LocalDaysTileTime) {
  holds("start_of and date_of agree", [] {
    TimeZone const zone = any_zone();
    Date const date = any_date();
    RC_ASSERT(zone.start_of(date) <= zone.start_of(date + 1));
    Instant const at{*rc::gen::inRange<std::int64_t>(-1'700'000'000'000, 2'500'000'000'000)};
    Date const local = zone.date_of(at);
    RC_ASSERT(zone.start_of(local) <= at);
    RC_ASSERT(at < zone.start_of(local + 1));
    // Around a midnight, where the rules meet.
    Instant const near =
        zone.start_of(date) + *rc::gen::inRange<std::int64_t>(-7'200'000, 7'200'000);
    RC_ASSERT(zone.start_of(zone.date_of(near)) <= near);
    RC_ASSERT(near < zone.start_of(zone.date_of(near) + 1));
  });
}

TEST(CalendarProperty, AdjacentPeriodsTileTime) {
  holds("each period starts where the one before ended", [] {
    TimeZone const zone = any_zone();
    Date const anchor = any_date();
    BillingInterval const interval = any_interval();
    CycleAlignment const alignment = any_alignment();
    Period period = period_from(anchor, anchor, interval, alignment);
    RC_ASSERT(period.start == anchor);
    for (int i = 0; i < 30; ++i) {
      RC_ASSERT(period.days() > 0);
      Period const cycle = full_cycle(period, anchor, interval, alignment);
      RC_ASSERT(cycle.start <= period.start && cycle.end == period.end);
      Period const next = period_from(period.end, anchor, interval, alignment);
      RC_ASSERT(to_instants(period, zone).end == to_instants(next, zone).start);
      period = next;
    }
  });
}

TEST(CalendarProperty, PeriodContainingContainsAndAgreesWithWalking) {
  holds("period_containing", [] {
    Date const anchor = any_date();
    Date const date = anchor + *rc::gen::inRange(0, 40'000);
    BillingInterval const interval = any_interval();
    CycleAlignment const alignment = any_alignment();
    auto const period = period_containing(date, anchor, interval, alignment);
    RC_ASSERT(period.has_value());
    RC_ASSERT(period->contains(date));
    RC_ASSERT(period_from(period->start, anchor, interval, alignment) == *period);
    RC_ASSERT(!period_containing(anchor - 1, anchor, interval, alignment).has_value());
  });
}

TEST(CalendarProperty, AnniversariesKeepTheAnchorDayOrClamp) {
  holds("anniversary", [] {
    Date const anchor = any_date();
    auto const n = *rc::gen::inRange(-500, 500);
    Date const at = anniversary(anchor, {IntervalPeriod::months, 1}, n);
    YearMonthDay const ymd = split(at);
    RC_ASSERT(ymd.day == std::min(split(anchor).day, days_in_month(ymd.year, ymd.month)));
    RC_ASSERT(anniversaries_until(at, anchor, {IntervalPeriod::months, 1}) == n);
    RC_ASSERT(anniversaries_until(at - 1, anchor, {IntervalPeriod::months, 1}) == n - 1);
  });
}

TEST(CalendarProperty, BillingDayPeriodsTileTime) {
  holds("period_on_day", [] {
    Date const start = any_date();
    int const day = *rc::gen::inRange(1, 32);
    BillingInterval const interval{*rc::gen::element(IntervalPeriod::months, IntervalPeriod::years),
                                   *rc::gen::inRange(1, 7)};
    Period period = period_on_day(start, start, interval, day);
    RC_ASSERT(period.start == start);
    for (int i = 0; i < 20; ++i) {
      RC_ASSERT(period.days() > 0);
      RC_ASSERT(periods_ended(period.end - 1, start, interval, day) == i);
      Period const next = period_on_day(period.end, start, interval, day);
      RC_ASSERT(next.start == period.end);
      period = next;
    }
  });
}

}  // namespace calendar_property
}  // namespace tallybook
