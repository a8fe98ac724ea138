#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "calendar/billing_interval.hpp"
#include "calendar/proration.hpp"

namespace tallybook {
namespace interval_test {

Date day(std::string_view text) { return parse_date(text).value(); }
constexpr BillingInterval monthly{IntervalPeriod::months, 1};
constexpr BillingInterval quarterly{IntervalPeriod::months, 3};
constexpr BillingInterval yearly{IntervalPeriod::years, 1};
constexpr BillingInterval weekly{IntervalPeriod::weeks, 1};
constexpr auto anniversary_series = CycleAlignment::anniversary;
constexpr auto calendar_series = CycleAlignment::calendar_period;

TEST(BillingInterval, Anniversary_ShortMonthsClampAndTheAnchorDayReturns) {
  char const* const expected[] = {"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30",
                                  "2026-05-31"};
  for (int n = 0; n < 5; ++n)
    EXPECT_EQ(format_date(anniversary(day("2026-01-31"), monthly, n)), expected[n]);
  EXPECT_EQ(anniversary(day("2026-01-31"), monthly, -2), day("2025-11-30"));
}

TEST(BillingInterval, Anniversary_MonthEndsAreNotSticky) {
  EXPECT_EQ(anniversary(day("2022-04-30"), monthly, 1), day("2022-05-30"));
  EXPECT_EQ(anniversary(day("2026-02-28"), monthly, 1), day("2026-03-28"));
}

TEST(BillingInterval, Anniversary_LeapDayIsTheTwentyEighthInPlainYears) {
  EXPECT_EQ(anniversary(day("2024-02-29"), yearly, 1), day("2025-02-28"));
  EXPECT_EQ(anniversary(day("2024-02-29"), yearly, 4), day("2028-02-29"));
}

TEST(BillingInterval, Anniversary_CountsUnitsFromTheAnchor) {
  EXPECT_EQ(anniversary(day("2026-01-01"), {IntervalPeriod::days, 10}, 3), day("2026-01-31"));
  EXPECT_EQ(anniversary(day("2026-01-01"), {IntervalPeriod::weeks, 2}, 2), day("2026-01-29"));
  EXPECT_EQ(anniversary(day("2023-12-31"), {IntervalPeriod::months, 2}, 1), day("2024-02-29"));
  EXPECT_THROW(anniversary(day("2026-01-01"), {IntervalPeriod::once, 1}, 0), BrokenInvariant);
}

TEST(BillingInterval, PeriodContaining_FindsThePeriodFarFromTheAnchor) {
  Date const anchor = day("0001-01-31");
  auto const period = period_containing(day("9999-02-28"), anchor, monthly, anniversary_series);
  EXPECT_EQ(period, (Period{day("9999-02-28"), day("9999-03-31")}));
  EXPECT_EQ(period_containing(anchor - 1, anchor, monthly, anniversary_series), std::nullopt);
  EXPECT_EQ(period_containing(day("2026-03-30"), day("2026-01-31"), monthly, anniversary_series),
            (Period{day("2026-02-28"), day("2026-03-31")}));
}

TEST(BillingInterval, Calendar_FirstPeriodRunsToTheNextBoundary) {
  EXPECT_EQ(period_containing(day("2025-01-14"), day("2025-01-14"), monthly, calendar_series),
            (Period{day("2025-01-14"), day("2025-02-01")}));
  EXPECT_EQ(period_from(day("2025-02-01"), day("2025-01-14"), monthly, calendar_series),
            (Period{day("2025-02-01"), day("2025-03-01")}));
  EXPECT_EQ(period_from(day("2026-03-01"), day("2026-03-01"), monthly, calendar_series).end,
            day("2026-04-01"));
  EXPECT_THROW(period_from(day("2025-02-02"), day("2025-01-14"), monthly, calendar_series),
               BrokenInvariant);
}

TEST(BillingInterval, Calendar_BoundariesOfEveryUnit) {
  struct Row {
    BillingInterval interval;
    char const *date, *before, *next;
  };
  for (Row const& row : {Row{weekly, "2024-03-10", "2024-03-04", "2024-03-11"},
                         {weekly, "2024-03-11", "2024-03-11", "2024-03-18"},
                         {{IntervalPeriod::weeks, 2}, "1970-01-05", "1970-01-05", "1970-01-19"},
                         {monthly, "2026-12-31", "2026-12-01", "2027-01-01"},
                         {quarterly, "2026-03-22", "2026-01-01", "2026-04-01"},
                         {{IntervalPeriod::months, 6}, "2026-10-05", "2026-07-01", "2027-01-01"},
                         {{IntervalPeriod::months, 5}, "0001-06-01", "0001-06-01", "0001-11-01"},
                         {yearly, "2023-03-15", "2023-01-01", "2024-01-01"},
                         {{IntervalPeriod::years, 4}, "2026-05-01", "2024-01-01", "2028-01-01"},
                         {{IntervalPeriod::days, 7}, "1970-01-07", "1970-01-01", "1970-01-08"},
                         {{IntervalPeriod::days, 7}, "1969-12-31", "1969-12-25", "1970-01-01"}}) {
    EXPECT_EQ(format_date(calendar_boundary_at_or_before(day(row.date), row.interval)), row.before)
        << row.date;
    EXPECT_EQ(format_date(next_calendar_boundary(day(row.date), row.interval)), row.next)
        << row.date;
  }
}

TEST(BillingInterval, CalendarGroupsFromStart_RunTheUnitAndTheOthersAfterIt) {
  BillingInterval const two_months{IntervalPeriod::months, 2};
  EXPECT_EQ(next_calendar_boundary(day("2026-02-10"), two_months), day("2026-03-01"));
  EXPECT_EQ(next_calendar_boundary(day("2026-02-10"), two_months, CalendarGroups::from_start),
            day("2026-04-01"));
}

TEST(BillingInterval, FullCycle_IsTheDenominatorOfAPartialPeriod) {
  Period const partial{day("2025-01-14"), day("2025-02-01")};
  Period const cycle = full_cycle(partial, partial.start, monthly, calendar_series);
  EXPECT_EQ(cycle, (Period{day("2025-01-01"), day("2025-02-01")}));
  EXPECT_EQ(proration_days(partial, cycle), Exact::fraction(18, 31));
  EXPECT_EQ(full_cycle({day("2026-02-10"), day("2026-02-20")}, day("2026-01-31"), monthly,
                       anniversary_series),
            (Period{day("2026-01-31"), day("2026-02-28")}));
  EXPECT_EQ(full_cycle({day("2026-02-10"), day("2026-03-31")}, day("2026-03-31"), monthly,
                       anniversary_series),
            (Period{day("2026-01-31"), day("2026-02-28")}));
}

TEST(BillingInterval, Once_IsOnePeriodWithoutEnd) {
  BillingInterval const once{IntervalPeriod::once, 1};
  auto const period =
      period_containing(day("2030-01-01"), day("2026-01-01"), once, anniversary_series);
  EXPECT_EQ(period, (Period{day("2026-01-01"), no_end}));
  EXPECT_EQ(full_cycle(*period, day("2026-01-01"), once, anniversary_series), *period);
}

TEST(BillingInterval, EndOnAnchorDay_StartOffTheBillingDayRunsAPartialPeriodFirst) {
  EXPECT_EQ(end_on_anchor_day(day("2024-03-06"), day("2023-01-02"), weekly), day("2024-03-11"));
  EXPECT_EQ(end_on_anchor_day(day("2024-03-08"), day("2023-01-06"), {IntervalPeriod::weeks, 2}),
            day("2024-03-22"));
  EXPECT_EQ(end_on_anchor_day(day("2026-02-28"), day("2026-01-31"), monthly), day("2026-03-31"));
  EXPECT_EQ(end_on_anchor_day(day("2026-02-10"), day("2026-01-31"), monthly), day("2026-02-28"));
}

TEST(BillingInterval, BillingDay_ClampsAndMayLeaveAPartialPeriodInFront) {
  EXPECT_EQ(first_boundary_on_day(day("2012-01-31"), monthly, 30), day("2012-02-29"));
  EXPECT_EQ(first_boundary_on_day(day("2012-01-31"), yearly, 30), day("2013-01-30"));
  EXPECT_EQ(first_boundary_on_day(day("2012-03-03"), monthly, 3), day("2012-03-03"));
  EXPECT_EQ(period_on_day(day("2012-04-30"), day("2012-04-30"), monthly, 31),
            (Period{day("2012-04-30"), day("2012-05-31")}));
  EXPECT_EQ(period_on_day(day("2026-01-10"), day("2026-01-10"), monthly, 15),
            (Period{day("2026-01-10"), day("2026-01-15")}));
  EXPECT_EQ(periods_ended(day("2026-01-14"), day("2026-01-10"), monthly, 15), 0);
  EXPECT_EQ(periods_ended(day("2026-01-15"), day("2026-01-10"), monthly, 15), 1);
  EXPECT_EQ(periods_ended(day("2026-03-14"), day("2026-01-15"), monthly, 15), 1);
}

TEST(Period, CutAt_NeverLeavesThePeriod) {
  Period const january{day("2026-01-01"), day("2026-02-01")};
  EXPECT_EQ(cut_at(january, day("2026-01-10")).days(), 9);
  EXPECT_EQ(cut_at(january, day("2026-03-10")), january);
  EXPECT_EQ(cut_at(january, day("2025-03-10")).days(), 0);
}

TEST(Proration, DaysAndMilliseconds) {
  TimeZone const paris = TimeZone::find("Europe/Paris").value();
  Period const march{day("2026-03-01"), day("2026-04-01")};
  Period const last_week{day("2026-03-25"), day("2026-04-01")};
  EXPECT_EQ(proration_days(last_week, march), Exact::fraction(7, 31));
  // The clocks go forward on the 29th: an hour less in both.
  EXPECT_EQ(proration_ms(to_instants(last_week, paris), to_instants(march, paris)),
            Exact::fraction(7 * 24 - 1, 31 * 24 - 1));
  EXPECT_EQ(proration_days({march.start, march.start}, march), Exact(0));
  EXPECT_THROW(proration_days(march, {march.start, march.start}), BrokenInvariant);
}

// Quarters off the billing day run to the next billing day first, not a quarter further.
TEST(BillingInterval, EndOnAnchorDay_AStartOffTheDayIsOneUnitOnly) {
  EXPECT_EQ(end_on_anchor_day(day("2026-02-10"), day("2026-01-15"), quarterly), day("2026-02-15"));
  EXPECT_EQ(end_on_anchor_day(day("2026-02-15"), day("2026-01-15"), quarterly), day("2026-05-15"));
}

}  // namespace interval_test
}  // namespace tallybook
