// Credits that lines bring: how many, until when, what of their value is earned or taken back; a
// bundle's net over its items.
#include <gtest/gtest.h>

#include <random>

#include "domain/credit/credit.hpp"
#include "domain/credit/credit_price.hpp"

namespace tallybook {
namespace credit_grants_test {

CreditGrant grant_of(Exact const& count, std::int64_t value) {
  CreditGrant grant;
  grant.granted = grant.remaining = count;
  EXPECT_EQ(value_grant(grant, value), 0);
  return grant;
}
void use(CreditGrant& grant, Exact const& count) {
  std::vector<CreditGrant> one{grant};
  EXPECT_EQ(burn(one, count, Instant{0}).taken, count);
  grant = one.front();
}

TEST(CreditGrants, APartOfACycleBringsWholeCredits) {
  EXPECT_EQ(credits_of(100, 1, {}), 100);
  EXPECT_EQ(credits_of(Exact::fraction(5, 2), 1, {}), Exact::fraction(5, 2));
  EXPECT_EQ(credits_of(100, Exact::fraction(18, 31), CreditsGrantMode::prorated), 58);
  EXPECT_EQ(credits_of(100, Exact::fraction(1, 200), {}), 1) << "half away from zero";
  EXPECT_EQ(credits_of(100, Exact::fraction(18, 31), CreditsGrantMode::full_allowance), 100);
}

TEST(CreditGrants, EndAfterDaysOrWithTheirPeriodOrNever) {
  auto const zone = TimeZone::find("Europe/Paris").value();
  Period const march{make_date(2026, 3, 1), make_date(2026, 4, 1)};
  SubscriptionLine line;
  EXPECT_FALSE(credits_expiry(line, march, zone));
  line.credits_expiration_in_days = 45;
  EXPECT_EQ(credits_expiry(line, march, zone), zone.start_of(make_date(2026, 4, 15)));
  line.credits_expiration_in_days.reset();
  line.expire_credits_at_end_of_period = true;
  EXPECT_EQ(format_instant(*credits_expiry(line, march, zone)), "2026-03-31T22:00:00.000Z");
}

TEST(CreditGrants, WhatWasUsedBeforeTheValueWasKnownIsEarnedThen) {
  CreditGrant grant;
  grant.granted = grant.remaining = 100;
  use(grant, 40);
  EXPECT_EQ(value_grant(grant, 1001), 400);
  use(grant, 60);
  EXPECT_EQ(grant.released_minor, 1001);
}

TEST(CreditGrants, AShareIsTakenBackWithItsValue) {
  auto grant = grant_of(200, 6200);
  auto const taken = withdraw(grant, Exact::fraction(2100, 6200), 2100);
  EXPECT_EQ(taken.count, 68);
  EXPECT_EQ(taken.minor, 2100);
  EXPECT_EQ(taken.released_minor, 0);
  EXPECT_EQ(grant.remaining, 132);
  use(grant, 132);
  EXPECT_EQ(grant.released_minor, 4100);
}

TEST(CreditGrants, UsedOnesAreNotTakenBack) {
  auto grant = grant_of(100, 1000);
  use(grant, 40);
  auto const taken = withdraw(grant, 1, 1000);
  EXPECT_EQ(taken.count, 60);
  EXPECT_EQ(taken.minor, 600);
  EXPECT_EQ(grant.released_minor, 400);
  auto const nothing = withdraw(grant, 1, 1000);
  EXPECT_EQ(nothing.count, 0);
  EXPECT_EQ(nothing.minor, 0);
}

TEST(CreditGrants, ALowerPriceTakesValueAndNoCredits) {
  auto grant = grant_of(310, 31000);
  use(grant, 100);
  EXPECT_EQ(grant.released_minor, 10000);
  auto const taken = withdraw(grant, 0, 10500);
  EXPECT_EQ(taken.count, 0);
  EXPECT_EQ(taken.minor, 10500);
  EXPECT_EQ(taken.released_minor, 6613 - 10000);
  EXPECT_EQ(grant.remaining, 210);
}

TEST(CreditGrants, UseThatIsUndoneIsOwedAgain) {
  auto grant = grant_of(100, 1000);
  use(grant, 40);
  EXPECT_EQ(put_back(grant, 30), -300);
  EXPECT_EQ(grant.remaining, 90);
  EXPECT_EQ(grant.released_minor, 100);
}

// However much is used and taken back in whatever order: in the end all of the value is earned or
// taken back, and never more of it before.
TEST(CreditGrants, EveryMinorUnitIsEarnedOrTakenBack) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 2000; ++round) {
    auto const any = [&](int most) { return static_cast<std::int64_t>(random() % most); };
    auto grant = grant_of(1 + any(50), any(2000));
    for (int step = 0; step < 6; ++step) {
      if (any(2) == 0) {
        use(grant, min(grant.remaining, Exact(any(20))));
      } else {
        (void)withdraw(grant, Exact::fraction(any(11), 10), any(700));
      }
      ASSERT_FALSE(grant.remaining.is_negative());
      ASSERT_FALSE(used_of(grant).is_negative());
      ASSERT_EQ(grant.released_minor, earned_of(grant));
      ASSERT_GE(grant.released_minor, 0);
      ASSERT_GE(grant.withdrawn_minor, 0);
      ASSERT_LE(grant.released_minor + grant.withdrawn_minor, grant.value_minor);
    }
    (void)expire(grant);
    ASSERT_EQ(grant.released_minor + grant.withdrawn_minor, grant.value_minor);
  }
}

TEST(SplitOverItems, SumsToTheNet) {
  std::vector<BundleItem> const items{{"a", Exact::fraction(100, 3).rounded(2)},
                                      {"b", Exact::fraction(100, 3).rounded(2)},
                                      {"c", Exact(100) - Exact::fraction(200, 3).rounded(2)}};
  std::vector<BundleItem> const halves{{"a", 50}, {"b", 50}};
  EXPECT_EQ(split_over_items(10001, halves), (std::vector<std::int64_t>{5001, 5000}));
  EXPECT_EQ(split_over_items(-10001, halves), (std::vector<std::int64_t>{-5001, -5000}));
  EXPECT_EQ(split_over_items(0, halves), (std::vector<std::int64_t>{0, 0}));
  for (std::int64_t net = 0; net < 500; ++net) {
    std::int64_t sum = 0;
    for (auto const part : split_over_items(net, items)) sum += part;
    ASSERT_EQ(sum, net);
  }
}

CreditAggregator tiers_of_a_month() {
  PriceTier first;
  first.type = PriceType::volume;
  first.from = 0;
  first.to = 100;
  first.amount = 1;
  PriceTier rest = first;
  rest.from = 100;
  rest.to.reset();
  rest.amount = Exact::fraction(1, 3);
  CreditAggregator entry;
  entry.aggregator_id = "agg_1";
  entry.prices = {{first, rest}};
  entry.reset_interval = Interval{WirePeriod::months, 1};
  return entry;
}
Instant at(char const* text) { return *parse_instant(text); }

TEST(CreditPrice, TiersAreExactToTwelveDecimalsAndDifferencesAddUp) {
  auto const entry = tiers_of_a_month();
  EXPECT_EQ(credits_for(entry, 0), 0);
  EXPECT_EQ(credits_for(entry, 100), 100);
  EXPECT_EQ(credits_for(entry, 101), *Exact::parse("100.333333333333"));
  EXPECT_EQ(credits_for(entry, 102), *Exact::parse("100.666666666667"));
  EXPECT_EQ(credits_for(entry, 103), 101);
  Exact sum;
  for (int n = 0; n < 103; ++n) sum += credits_for(entry, n + 1) - credits_for(entry, n);
  EXPECT_EQ(sum, 101);
}

TEST(CreditPrice, AWeightIsCreditsForEachUnit) {
  CreditAggregator entry;
  entry.weight = *Exact::parse("0.004");
  EXPECT_EQ(credits_for(entry, 1500), 6);
  EXPECT_EQ(credits_for(entry, -500), -2);
}

TEST(CreditPrice, WindowsRunFromTheDayTheBalanceWasOpened) {
  auto const entry = tiers_of_a_month();
  auto const zone = *TimeZone::find("Europe/Paris");
  auto const opened = at("2026-01-31T09:30:00Z");
  auto const windows = [&](char const* first, char const* last) {
    return credit_windows(entry, opened, at(first), at(last), zone);
  };
  std::vector<InstantRange> const january{{opened, at("2026-02-27T23:00:00Z")}};
  EXPECT_EQ(windows("2026-01-31T00:00:00Z", "2026-02-27T22:59:59Z"), january) << "months clamp";
  std::vector<InstantRange> const two{{opened, at("2026-02-27T23:00:00Z")},
                                      {at("2026-02-27T23:00:00Z"), at("2026-03-30T22:00:00Z")}};
  EXPECT_EQ(windows("2026-02-01T00:00:00Z", "2026-02-27T23:00:00Z"), two)
      << "an event on the border is of the window that begins";
  EXPECT_EQ(windows("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"),
            (std::vector<InstantRange>{two.back()}));
  EXPECT_TRUE(windows("2026-01-01T00:00:00Z", "2026-01-30T00:00:00Z").empty())
      << "nothing before the opening counts";
  auto endless = entry;
  endless.reset_interval.reset();
  EXPECT_EQ(credit_windows(endless, opened, opened, opened, zone),
            (std::vector<InstantRange>{{opened, Instant{max_instant_ms}}}));
}

}  // namespace credit_grants_test
}  // namespace tallybook
