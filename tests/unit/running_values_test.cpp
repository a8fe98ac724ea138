// Values and keys that last.
#include "domain/usage/running_values.hpp"

#include <gtest/gtest.h>

#include "base/assert.hpp"

namespace tallybook {
namespace running_values_test {

Instant at(char const* text) { return *parse_instant(text); }
InstantRange const august{at("2023-08-01T00:00:00Z"), at("2023-09-01T00:00:00Z")};
Period const cycle{*parse_date("2022-07-09"), *parse_date("2022-08-09")};

std::int64_t days(std::vector<KeyChange> const& changes) {
  return active_key_days(cycle, TimeZone(), changes);
}

TEST(WeightedValue, CountsHowLongAValueHeld) {
  std::vector<ValueChange> const changes = {{at("2023-08-01T02:00:00Z"), -1},
                                            {at("2023-08-01T00:00:00Z"), 2},
                                            {at("2023-09-01T00:00:00Z"), 50}};
  auto const out = weighted_value(august, 0, changes);
  EXPECT_EQ(out.average, Exact(1) + Exact::fraction(2, 744));
  EXPECT_EQ(out.closing, 1);
  EXPECT_EQ(weighted_value(august, 7, {}).average, 7);
  EXPECT_THROW((void)weighted_value({august.start, august.start}, 0, {}), BrokenInvariant);
}

// Change by change, in any order: the same average; what came before the period is carried in.
TEST(WeightedValue, RunningAverage_IsTheSame) {
  RunningAverage running(august);
  for (auto const& change : std::vector<ValueChange>{{at("2023-08-01T02:00:00Z"), -1},
                                                     {at("2023-09-01T00:00:00Z"), 50},
                                                     {at("2023-07-01T00:00:00Z"), 7},
                                                     {at("2023-08-01T00:00:00Z"), 2}})
    running.add(change);
  EXPECT_EQ(running.value(), Exact(8) + Exact::fraction(2, 744));
  EXPECT_THROW(RunningAverage({august.end, august.start}), BrokenInvariant);
}

TEST(ActiveKeys, AnyPartOfADayIsADayOnce) {
  EXPECT_EQ(days({{at("2022-06-09T00:00:00Z"), "a"}, {at("2022-07-19T00:00:00Z"), "b"}}), 52);
  EXPECT_EQ(days({{at("2022-06-09T00:00:00Z"), "a"}, {at("2022-07-24T23:59:59Z"), "a", true}}), 16);
  EXPECT_EQ(days({{at("2022-07-09T01:00:00Z"), "a"},
                  {at("2022-07-09T02:00:00Z"), "a", true},
                  {at("2022-07-09T05:00:00Z"), "a"},
                  {at("2022-07-09T05:00:00Z"), "a"},
                  {at("2022-07-10T00:00:00Z"), "a", true},
                  {at("2022-07-12T00:00:00Z"), "a", true}}),
            1)
      << "removed at midnight: the day that begins there is not used";
  EXPECT_EQ(days({{at("2022-08-09T00:00:00Z"), "a"}}), 0);
  EXPECT_EQ(days({}), 0);
}

TEST(ActiveKeys, AtAMoment) {
  std::vector<KeyChange> const changes = {{at("2022-06-09T00:00:00Z"), "a"},
                                          {at("2022-07-24T23:59:59Z"), "a", true},
                                          {at("2022-07-25T00:00:00Z"), "b"}};
  EXPECT_EQ(active_keys(at("2022-07-01T00:00:00Z"), changes), 1);
  EXPECT_EQ(active_keys(at("2022-07-25T00:00:00Z"), changes), 0);
  EXPECT_EQ(active_keys(at("2022-08-09T00:00:00Z"), changes), 1);
}

}  // namespace running_values_test
}  // namespace tallybook
