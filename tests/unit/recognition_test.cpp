// Revenue over time (REV-1, REV-2).
#include "domain/revenue/recognition.hpp"

#include <gtest/gtest.h>

namespace tallybook {

TEST(Recognition, AYearInMonths_SumsToTheNet) {
  Date const start = make_date(2026, 1, 1), end = make_date(2027, 1, 1);
  std::int64_t sum = 0, before = 0;
  int slices = 0;
  for (std::optional<Date> day = next_slice(end, start); day; day = next_slice(end, *day)) {
    std::int64_t const earned = earned_before(1'200'001, start, end, *day);
    EXPECT_GT(earned, before);
    sum += earned - before;
    before = earned;
    ++slices;
  }
  EXPECT_EQ(slices, 12);
  EXPECT_EQ(sum, 1'200'001);
  // 31 of 365 days.
  EXPECT_EQ(earned_before(1'200'001, start, end, make_date(2026, 2, 1)), 101'918);
}

TEST(Recognition, BeforeAndAfterThePeriod) {
  Date const start = make_date(2026, 1, 31), end = make_date(2026, 2, 3);
  EXPECT_EQ(earned_before(-300, start, end, start), 0);
  EXPECT_EQ(earned_before(-300, start, end, make_date(2026, 2, 1)), -100);
  EXPECT_EQ(earned_before(-300, start, end, make_date(2026, 2, 2)), -200);
  EXPECT_EQ(earned_before(-300, start, end, make_date(2030, 1, 1)), -300);
  EXPECT_EQ(next_slice(end, start), make_date(2026, 2, 1));
  EXPECT_EQ(next_slice(end, make_date(2026, 2, 1)), end);
  EXPECT_EQ(next_slice(end, end), std::nullopt);
}

}  // namespace tallybook
