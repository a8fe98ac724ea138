// Cycles billed in advance and months of a fixed number of days.
#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "calendar/proration.hpp"

namespace tallybook {
namespace cycles_test {

Date date(char const* text) { return *parse_date(text); }
BillingInterval const monthly{IntervalPeriod::months, 1};

Exact cycles(char const* start, char const* target, int day, char const* end = nullptr,
             BillingInterval interval = monthly) {
  return billed_cycles(date(start), end == nullptr ? std::nullopt : parse_date(end), date(target),
                       interval, day);
}

TEST(BilledCycles, PartialInFrontWholeOnesPartialBehind) {
  EXPECT_EQ(cycles("2011-02-01", "2011-02-01", 13), Exact::fraction(12, 31));
  EXPECT_EQ(cycles("2011-02-01", "2011-02-13", 13), Exact::fraction(43, 31));
  EXPECT_EQ(cycles("2011-01-01", "2011-02-27", 15, "2011-02-27"),
            Exact::fraction(14, 31) + 1 + Exact::fraction(12, 28));
  EXPECT_EQ(cycles("2011-02-10", "2011-03-06", 10, "2011-02-24"), Exact::fraction(1, 2));
  EXPECT_EQ(cycles("2010-06-17", "2011-07-30", 17, "2011-06-25", {IntervalPeriod::years, 1}),
            Exact::fraction(187, 183));
}

TEST(BilledCycles, StartOnTheDayIsWholeAndNothingIsBilledBeforeOrAfter) {
  EXPECT_EQ(cycles("2026-01-31", "2026-03-30", 31), 2) << "31 January, 28 February";
  EXPECT_EQ(cycles("2026-01-31", "2026-03-31", 31), 3);
  EXPECT_EQ(cycles("2026-05-10", "2026-05-09", 10), 0);
  EXPECT_EQ(cycles("2026-05-10", "2026-06-30", 10, "2026-05-10"), 0);
  EXPECT_EQ(cycles("2026-01-15", "2026-01-15", 31), Exact::fraction(16, 31))
      << "the boundary of the starting month lies ahead";
}

TEST(FixedMonthDays, EveryMonthHasAsMany) {
  EXPECT_EQ(fixed_month_days({date("2023-06-23"), date("2023-07-15")}, 30), 22);
  EXPECT_EQ(fixed_month_days({date("2024-02-23"), date("2024-03-15")}, 30), 22);
  EXPECT_EQ(fixed_month_days({date("2026-01-31"), date("2026-03-31")}, 30), 60);
  EXPECT_THROW((void)fixed_month_days({date("2026-01-31"), date("2026-03-31")}, 0),
               BrokenInvariant);
}

TEST(FixedMonthDays, The31stIsNoDayMore) {
  EXPECT_EQ(fixed_month_days({date("2026-01-30"), date("2026-01-31")}, 30), 0);
  EXPECT_EQ(fixed_month_days({date("2026-01-15"), date("2026-01-31")}, 30), 15);
}

}  // namespace cycles_test
}  // namespace tallybook
