// When connected seats are counted again, and what terms fit a line (SEA-3).
#include "domain/subscription/seats.hpp"

#include <gtest/gtest.h>

namespace tallybook {
namespace seat_cases {

SubscriptionLine seats(Date anchor, BillingCycleAlignment alignment) {
  SubscriptionLine line;
  line.type = ProductType::seat;
  line.aggregator_id = "agg_1";
  line.payment_interval = {WirePeriod::years, 1};
  line.anchor_on = anchor;
  line.alignment = alignment;
  line.seat_refresh = SeatRefresh{SeatRefreshMode::periodic, Interval{WirePeriod::months, 1}};
  return line;
}

Date day(char const* text) { return parse_date(text).value(); }

std::string text(Period period) {
  return format_date(period.start) + " " + format_date(period.end);
}

}  // namespace seat_cases

TEST(Seats, RefreshPeriods_FollowTheAnchorOfTheLine) {
  using namespace seat_cases;
  auto const line = seats(day("2026-01-31"), BillingCycleAlignment::anniversary);
  EXPECT_EQ(text(refresh_period(line, day("2026-01-31"))), "2026-01-31 2026-02-28");
  EXPECT_EQ(text(refresh_period(line, day("2026-02-28"))), "2026-02-28 2026-03-31");
  EXPECT_EQ(text(refresh_period(line, day("2026-04-29"))), "2026-03-31 2026-04-30");
}

TEST(Seats, RefreshPeriods_OfACalendarLine_EndWithTheCalendar) {
  using namespace seat_cases;
  auto const line = seats(day("2026-01-14"), BillingCycleAlignment::calendar_period);
  EXPECT_EQ(refresh_period(line, day("2026-01-14")).end, day("2026-02-01"));
  EXPECT_EQ(text(refresh_period(line, day("2026-02-10"))), "2026-02-01 2026-03-01");
}

TEST(Seats, TermsThatDoNotFit_AreNamed) {
  using namespace seat_cases;
  auto line = seats(day("2026-01-01"), BillingCycleAlignment::anniversary);
  using Found = std::vector<std::string>;
  auto const fields = [&](SeatRefresh const& refresh) {
    Found found;
    for (auto const& [field, reason] : problems_of(refresh, line)) found.push_back(field);
    return found;
  };
  Interval const month{WirePeriod::months, 1};
  EXPECT_EQ(fields({SeatRefreshMode::periodic, month}), Found{});
  EXPECT_EQ(fields({SeatRefreshMode::periodic, {}}), Found{".interval"});
  EXPECT_EQ(fields({SeatRefreshMode::realtime, month, SeatCount::peak}),
            (Found{".interval", ".count"}));
  EXPECT_EQ(fields({SeatRefreshMode::manual, {}, SeatCount::current, UpdatePayment::custom}),
            Found{".payment_schedule"});
  line.payment_interval = {WirePeriod::once, {}};
  EXPECT_EQ(fields({SeatRefreshMode::realtime, {}}), Found{".mode"});
  EXPECT_EQ(fields({}), Found{});
  line.aggregator_id.reset();
  EXPECT_EQ(fields({}), Found{""});
}

}  // namespace tallybook
