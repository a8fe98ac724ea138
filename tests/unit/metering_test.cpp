// Which windows a period of usage is counted in (USE-9), and what groups of a window cost.
#include "domain/subscription/metering.hpp"

#include <gtest/gtest.h>

namespace tallybook {
namespace metering_test {

Period month(int year, int number) {
  return {make_date(year, number, 1),
          number == 12 ? make_date(year + 1, 1, 1) : make_date(year, number + 1, 1)};
}

// "2026-01-15..2026-02-01" of each window; a ! marks one that is over.
std::string windows(SubscriptionLine const& line, Period period, ContractTerms const& contract = {},
                    TimeZone const& zone = TimeZone()) {
  std::string text;
  for (auto const& window :
       metered_windows(line, contract, *parse_instant("2026-01-10T15:00:00Z"), {period}, zone)) {
    if (!text.empty()) text += " ";
    if (window.from) text += format_instant(*window.from).substr(0, 10);
    text += ".." + format_instant(window.to).substr(0, 10) + (window.over ? "!" : "");
  }
  return text;
}

SubscriptionLine metered(MeteringIntervalType type) {
  SubscriptionLine line;
  line.type = ProductType::dynamic;
  line.metering_interval_type = type;
  return line;
}

TEST(MeteredWindows, ByType) {
  using T = MeteringIntervalType;
  EXPECT_EQ(windows(metered(T::payment_interval), month(2026, 3)), "2026-03-01..2026-04-01!");
  EXPECT_EQ(windows(metered(T::subscription_duration), month(2026, 3)), "2026-01-10..2026-04-01");
  EXPECT_EQ(windows(metered(T::full_database), month(2026, 3)), "..2026-04-01");
}

TEST(MeteredWindows, Custom_EveryWindowThePeriodLiesIn) {
  auto line = metered(MeteringIntervalType::custom);
  line.metering_interval = Interval{WirePeriod::months, 1};
  line.metering_interval_start_at = *parse_instant("2026-01-31T00:00:00Z");
  EXPECT_EQ(windows(line, month(2025, 12)), "");
  EXPECT_EQ(windows(line, month(2026, 1)), "2026-01-31..2026-02-01");
  // The 31st clamps to 28 February and returns.
  EXPECT_EQ(windows(line, month(2026, 2)), "2026-01-31..2026-02-28! 2026-02-28..2026-03-01");
  EXPECT_EQ(windows(line, month(2026, 3)), "2026-02-28..2026-03-31! 2026-03-31..2026-04-01");
  line.metering_interval = Interval{WirePeriod::years, 1};
  line.metering_interval_start_at.reset();  // the subscription's start
  EXPECT_EQ(windows(line, month(2027, 1)), "2026-01-10..2027-01-10! 2027-01-10..2027-02-01");
}

TEST(MeteredWindows, Commitment_TermsFollowEachOther) {
  auto const line = metered(MeteringIntervalType::subscription_commitment);
  ContractTerms contract;
  EXPECT_EQ(windows(line, month(2026, 3), contract), "2026-01-10..2026-04-01");
  contract.starts_at = *parse_instant("2026-01-01T00:00:00Z");
  EXPECT_EQ(windows(line, month(2026, 3), contract), "2026-01-01..2026-04-01");
  contract.end_strategy = ContractEnd::end_date;
  // The last millisecond of a day and the midnight after it are the same end.
  for (char const* end : {"2026-03-14T23:59:59.999Z", "2026-03-15T00:00:00Z"}) {
    contract.ends_at = *parse_instant(end);
    EXPECT_EQ(windows(line, month(2026, 3), contract),
              "2026-01-01..2026-03-15! 2026-03-15..2026-04-01");
    EXPECT_EQ(windows(line, month(2027, 9), contract), "2026-03-15..2027-10-01");
  }
  contract.renew_automatically = true;
  contract.renew_for_duration = Duration{2, DurationPeriod::months};
  EXPECT_EQ(windows(line, month(2026, 5), contract),
            "2026-03-15..2026-05-15! 2026-05-15..2026-06-01");
  contract.end_strategy = ContractEnd::duration;
  contract.duration = Duration{1, DurationPeriod::years};
  contract.renew_for_duration.reset();
  EXPECT_EQ(windows(line, month(2027, 2), contract), "2027-01-01..2027-03-01");
}

TEST(MeteredWindows, AreCutAtLocalMidnight) {
  auto const paris = TimeZone::find("Europe/Paris").value();
  auto const found = metered_windows(metered(MeteringIntervalType::payment_interval), {}, Instant{},
                                     {month(2026, 3)}, paris);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(format_instant(*found[0].from), "2026-02-28T23:00:00.000Z");
  EXPECT_EQ(format_instant(found[0].to), "2026-03-31T22:00:00.000Z");
}

// Windows that began before it are read from where they began.
TEST(MeteredWindows, AreCutWhereThePartIsCutByItsTime) {
  Instant const noon = *parse_instant("2026-03-11T12:00:00Z");
  Instant const evening = *parse_instant("2026-03-20T18:00:00Z");
  Date const eleventh = TimeZone().date_of(noon);
  ChargedPart const part{
      {eleventh, TimeZone().date_of(evening) + 1}, 1, InstantRange{noon, evening}};
  auto const period = metered_windows(metered(MeteringIntervalType::payment_interval), {},
                                      Instant{}, part, TimeZone());
  ASSERT_EQ(period.size(), 1u);
  EXPECT_EQ(period[0], (MeteredWindow{noon, evening, false}));
  auto const ever = metered_windows(metered(MeteringIntervalType::full_database), {}, Instant{},
                                    part, TimeZone());
  ASSERT_EQ(ever.size(), 1u);
  EXPECT_EQ(ever[0], (MeteredWindow{{}, evening, false}));
}

struct Priced {
  SubscriptionLine line = metered(MeteringIntervalType::payment_interval);
  std::vector<PriceTier> ones{1};
  Priced() {
    ones[0].type = line.price_type = PriceType::volume;
    ones[0].from = 0;
    ones[0].amount = 1;
  }
  // The amounts of groups that used so much, at 1 each; `before`: what each was billed.
  std::string amounts(std::vector<int> const& used, Exact const& fraction = 1,
                      std::vector<int> const& before = {}, bool may_be_negative = false) {
    std::vector<GroupUsage> groups;
    for (std::size_t i = 0; i < used.size(); ++i)
      groups.push_back({&ones, used[i], {}, i < before.size() ? Exact(before[i]) : Exact(0)});
    std::string text;
    for (auto const& amount : price_window(line, fraction, groups, may_be_negative))
      text += (text.empty() ? "" : " ") + amount.amount_minor.str();
    return text;
  }
};

// The cap is used up in order, the floor filled up by the last group: the sum keeps both.
TEST(PriceWindow, LimitsHoldForTheSumOfGroups) {
  Priced priced;
  priced.line.group_by = "model";
  priced.line.max_amount = 100;
  EXPECT_EQ(priced.amounts({60, 70, 5}), "60 40 0");
  priced.line.min_amount = 50;
  EXPECT_EQ(priced.amounts({10, 0, 5}), "10 0 40");
  EXPECT_EQ(priced.amounts({10, 0, 5}, Exact::fraction(1, 2)), "10 0 15");
}

TEST(PriceWindow, DifferencesTakeOffWhatWasBilled_LimitsOfTheWhole) {
  Priced priced;
  priced.line.bill_usage_difference = true;
  priced.line.max_amount = 100;
  EXPECT_EQ(priced.amounts({130}, Exact::fraction(1, 2), {60}), "40");
  EXPECT_EQ(priced.amounts({30}, 1, {60}), "0");
  EXPECT_EQ(priced.amounts({30}, 1, {60}, true), "-30");
  priced.line.min_committed_count = 80;
  EXPECT_EQ(priced.amounts({30}, Exact::fraction(1, 3)), "80");
}

TEST(PriceWindow, GroupsAreChosenInOrder) {
  SubscriptionLine line = metered(MeteringIntervalType::payment_interval);
  auto const filter = [](char const* value) {
    return EventFilter{FilterConditional::and_,
                       {{"model", FilterOperator::equals, {{RecordValue::Kind::text, value}}}}};
  };
  line.prices.resize(1);
  line.price_groups = {{"A", filter("a"), std::vector<PriceTier>(2)},
                       {"B", filter("b"), std::vector<PriceTier>(3)}};
  EXPECT_EQ(prices_of_group(line, "B").size(), 3u);
  EXPECT_EQ(prices_of_group(line, std::nullopt).size(), 1u);
  auto const second = rule_of_group({}, line, "B");
  EXPECT_EQ(second.also.size(), 1u);
  EXPECT_EQ(second.unless.size(), 1u);
  auto const rest = rule_of_group({}, line, std::nullopt);
  EXPECT_EQ(rest.also.size(), 0u);
  EXPECT_EQ(rest.unless.size(), 2u);
  UsageEvent event;
  event.properties["model"] = {RecordValue::Kind::text, "b"};
  EXPECT_TRUE(selects(second, event));
  EXPECT_FALSE(selects(rest, event));
  event.properties.clear();
  EXPECT_TRUE(selects(rest, event));
}

}  // namespace metering_test
}  // namespace tallybook
