#include "calendar/zone.hpp"

#include <gtest/gtest.h>

namespace tallybook {
namespace zone_test {

TimeZone zone(char const* name) { return TimeZone::find(name).value(); }
Date day(char const* text) { return parse_date(text).value(); }
Instant at(char const* text) { return parse_instant(text).value(); }

TEST(TimeZone, Find_KnowsTheDatabaseAndNothingElse) {
  for (auto name : {"Etc/UTC", "UTC", "Europe/Paris", "America/Argentina/Buenos_Aires",
                    "US/Eastern", "Asia/Calcutta"}) {
    ASSERT_TRUE(TimeZone::find(name)) << name;
    EXPECT_EQ(zone(name).name(), name);
  }
  for (auto name : {"", "europe/paris", "Europe/Atlantis", "../etc/passwd", "localtime", "+02:00",
                    "posix/UTC"}) {
    EXPECT_FALSE(TimeZone::find(name)) << name;
  }
  EXPECT_EQ(zone("Etc/UTC"), TimeZone());
  EXPECT_NE(zone("Europe/Paris"), TimeZone());
}

TEST(TimeZone, MomentText_IsTheDayAndTheTimeWhereThereIsOne) {
  auto const paris = zone("Europe/Paris");
  EXPECT_EQ(paris.moment_text(at("2026-01-15T23:00:00Z")), "2026-01-16");
  EXPECT_EQ(paris.moment_text(at("2026-01-16T11:00:00Z")), "2026-01-16 12:00");
  EXPECT_EQ(paris.moment_text(at("2026-07-16T10:05:09Z")), "2026-07-16 12:05:09");
  EXPECT_EQ(paris.moment_text(at("2026-01-16T11:00:00.007Z")), "2026-01-16 12:00:00.007");
  EXPECT_EQ(TimeZone().moment_text(at("2026-01-16T00:00:00Z")), "2026-01-16");
  EXPECT_EQ(TimeZone().time_of(at("1969-12-31T23:59:00Z")), "23:59");
  EXPECT_EQ(zone("America/Bogota").time_of(at("2026-01-16T03:30:00Z")), "22:30");
}

TEST(TimeZone, StartOf_IsLocalMidnight) {
  struct Row {
    char const *zone, *day, *start;
  };
  for (Row const& row : {Row{"Etc/UTC", "2026-03-01", "2026-03-01T00:00:00Z"},
                         {"Europe/Paris", "2026-01-15", "2026-01-14T23:00:00Z"},
                         {"Europe/Paris", "2026-07-15", "2026-07-14T22:00:00Z"},
                         {"America/Bogota", "2023-03-01", "2023-03-01T05:00:00Z"},
                         {"Asia/Kolkata", "2026-01-01", "2025-12-31T18:30:00Z"},
                         {"Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z"}}) {
    EXPECT_EQ(zone(row.zone).start_of(day(row.day)), at(row.start)) << row.zone << row.day;
    EXPECT_EQ(zone(row.zone).date_of(at(row.start)), day(row.day)) << row.zone << row.day;
    EXPECT_EQ(zone(row.zone).date_of(at(row.start) - 1), day(row.day) - 1) << row.zone << row.day;
  }
}

TEST(TimeZone, NonexistentMidnight_MovesForwardToTheFirstInstantOfTheDay) {
  // Beirut skips 00:00 to 01:00 on 31 March 2024.
  EXPECT_EQ(zone("Asia/Beirut").start_of(day("2024-03-31")), at("2024-03-30T22:00:00Z"));
  EXPECT_EQ(zone("Asia/Beirut").date_of(at("2024-03-30T21:59:59.999Z")), day("2024-03-30"));
  EXPECT_EQ(zone("Asia/Beirut").date_of(at("2024-03-30T22:00:00Z")), day("2024-03-31"));
}

TEST(TimeZone, AmbiguousMidnight_TakesTheFirst) {
  // Havana falls back from 01:00 to 00:00 on 3 November 2024.
  TimeZone const havana = zone("America/Havana");
  EXPECT_EQ(havana.start_of(day("2024-11-03")), at("2024-11-03T04:00:00Z"));
  EXPECT_EQ(havana.start_of(day("2024-11-04")).ms - havana.start_of(day("2024-11-03")).ms,
            25 * 3600 * 1000);
}

TEST(TimeZone, FallingBackOverMidnight_DoesNotRepeatTheOldDay) {
  // St. John's fell back from 00:01 to 23:01 on 7 November 2010.
  TimeZone const st_johns = zone("America/St_Johns");
  Instant const midnight = st_johns.start_of(day("2010-11-07"));
  EXPECT_EQ(midnight, at("2010-11-07T02:30:00Z"));
  EXPECT_EQ(st_johns.date_of(midnight + 30 * 60 * 1000), day("2010-11-07"));
  EXPECT_EQ(st_johns.date_of(midnight - 1), day("2010-11-06"));
}

TEST(TimeZone, SkippedDay_IsEmpty) {
  TimeZone const apia = zone("Pacific/Apia");
  EXPECT_EQ(apia.start_of(day("2011-12-30")), apia.start_of(day("2011-12-31")));
  EXPECT_EQ(apia.date_of(apia.start_of(day("2011-12-30"))), day("2011-12-31"));
}

// Toronto's clocks jumped from 23:30 on 30 March 1919 to 00:30: the 31st began half an hour late,
// and midnight by the offset before it would be an instant of its first hour.
TEST(TimeZone, AGapThatBeginsBeforeMidnight_StartsTheDayWhereItEnds) {
  EXPECT_EQ(zone("America/Toronto").start_of(day("1919-03-31")), at("1919-03-31T04:30:00Z"));
}

}  // namespace zone_test
}  // namespace tallybook
