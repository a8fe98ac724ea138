#include "domain/customer/organisation.hpp"

#include <gtest/gtest.h>

namespace tallybook {

std::string next(char const* at, OrganisationSchedule schedule, int day, char const* zone = "UTC") {
  return format_instant(
      next_organisation_date(*parse_instant(at), schedule, day, *TimeZone::find(zone)));
}

TEST(OrganisationDates, ShortMonthsTakeTheirLastDay_TheDayComesBack) {
  using enum OrganisationSchedule;
  EXPECT_EQ(next("2026-01-31T12:00:00Z", month, 31), "2026-02-28T12:00:00.000Z");
  EXPECT_EQ(next("2026-02-28T12:00:00Z", month, 31), "2026-03-31T12:00:00.000Z");
  EXPECT_EQ(next("2026-11-30T00:00:00Z", quarter, 30), "2027-02-28T00:00:00.000Z");
  EXPECT_EQ(next("2028-02-29T00:00:00Z", year, 29), "2029-02-28T00:00:00.000Z");
  EXPECT_EQ(next("2031-02-28T00:00:00Z", year, 29), "2032-02-29T00:00:00.000Z");
}

TEST(OrganisationDates, AreLocal) {
  using enum OrganisationSchedule;
  // Midnight in Paris, in winter and in summer time.
  EXPECT_EQ(next("2026-02-28T23:00:00Z", month, 1, "Europe/Paris"), "2026-03-31T22:00:00.000Z");
}

TEST(OrganisationDates, WithoutADate_TheNextCalendarPeriod) {
  using enum OrganisationSchedule;
  auto const first = [](char const* now, OrganisationSchedule schedule) {
    return format_instant(first_organisation_date(*parse_instant(now), schedule, TimeZone()));
  };
  EXPECT_EQ(first("2026-01-01T00:00:00Z", month), "2026-02-01T00:00:00.000Z");
  EXPECT_EQ(first("2026-12-15T00:00:00Z", month), "2027-01-01T00:00:00.000Z");
  EXPECT_EQ(first("2026-02-15T00:00:00Z", quarter), "2026-04-01T00:00:00.000Z");
  EXPECT_EQ(first("2026-10-01T00:00:00Z", quarter), "2027-01-01T00:00:00.000Z");
  EXPECT_EQ(first("2026-02-15T00:00:00Z", year), "2027-01-01T00:00:00.000Z");
}

}  // namespace tallybook
