#include "calendar/date.hpp"

#include <gtest/gtest.h>

#include "base/assert.hpp"

namespace tallybook {

TEST(Date, Parse_ReadsExactlyIsoDaysThatExist) {
  EXPECT_EQ(parse_date("1970-01-01"), Date{0});
  EXPECT_EQ(parse_date("2024-02-29"), make_date(2024, 2, 29));
  EXPECT_EQ(parse_date("0001-01-01")->days, -719162);
  EXPECT_EQ(parse_date("9999-12-31")->days, 2932896);
  for (auto text :
       {"", "2026-2-01", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00",
        "2026-01-32", "0000-01-01", "2026/01/01", "2026-01-01T", "-026-01-01", "2026-01-1 "}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(Date, Format_IsTheInverseOfParse) {
  for (auto text : {"0001-01-01", "1969-12-31", "2000-02-29", "2026-01-31", "9999-12-31"}) {
    EXPECT_EQ(format_date(*parse_date(text)), text);
  }
}

TEST(Date, Weekday_IsOneOnMonday) {
  EXPECT_EQ(weekday(*parse_date("1970-01-05")), 1);
  EXPECT_EQ(weekday(*parse_date("2026-11-22")), 7);
  EXPECT_EQ(weekday(*parse_date("1969-12-31")), 3);
}

TEST(Date, ClampedDate_TakesTheMonthsLastDay) {
  EXPECT_EQ(format_date(clamped_date(2026, 2, 31)), "2026-02-28");
  EXPECT_EQ(format_date(clamped_date(2024, 2, 30)), "2024-02-29");
  EXPECT_EQ(format_date(clamped_date(2026, 4, 31)), "2026-04-30");
  EXPECT_EQ(format_date(clamped_date(2026, 1, 31)), "2026-01-31");
}

TEST(Date, DaysInMonth_KnowsLeapYears) {
  EXPECT_EQ(days_in_month(2024, 2), 29);
  EXPECT_EQ(days_in_month(1900, 2), 28);
  EXPECT_EQ(days_in_month(2000, 2), 29);
  EXPECT_EQ(days_in_month(2026, 11), 30);
}

TEST(Date, LimitsAreTheFirstAndLastRepresentableDays) {
  EXPECT_EQ(make_date(min_year, 1, 1), min_date);
  EXPECT_EQ(make_date(max_year, 12, 31), max_date);
  EXPECT_FALSE(try_date(max_year + 1, 1, 1));
  EXPECT_THROW(split(max_date + 1), BrokenInvariant);
  EXPECT_THROW(make_date(2026, 2, 30), BrokenInvariant);
}

}  // namespace tallybook
