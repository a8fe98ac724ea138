// A line's billing clock, what a charge of it comes to, and what is left or used at an end.
#include <gtest/gtest.h>

#include "domain/subscription/billing.hpp"

namespace tallybook {
namespace subscription_billing_test {

Date day(char const* text) { return parse_date(text).value(); }
Instant at(char const* text) { return parse_instant(text).value(); }

PriceTier each(PriceType type, int cents) {
  PriceTier tier;
  tier.type = type;
  if (type == PriceType::volume) tier.from = Exact(0);
  tier.amount = cents;
  return tier;
}

SubscriptionLine fee(PaymentSchedule schedule, int cents = 10000) {
  SubscriptionLine line;
  line.prices = {each(PriceType::fee, cents)};
  line.payment_interval = Interval{WirePeriod::months, 1};
  line.payment_schedule = schedule;
  return line;
}

SubscriptionLine usage(int cents) {
  SubscriptionLine line = fee(PaymentSchedule::end);
  line.type = ProductType::dynamic;
  line.price_type = PriceType::volume;
  line.prices = {each(PriceType::volume, cents)};
  return line;
}

SubscriptionLine started(SubscriptionLine line, char const* on,
                         BillingCycleAlignment how = BillingCycleAlignment::anniversary) {
  start_line(line, day(on), how, TimeZone());
  return line;
}

TEST(SubscriptionLines, InAdvanceAreDueAtTheStartInArrearsAtTheEnd) {
  auto before = started(fee(PaymentSchedule::start), "2026-01-31");
  auto after = started(fee(PaymentSchedule::end), "2026-01-31");
  EXPECT_EQ(before.next_charge_at, at("2026-01-31T00:00:00Z"));
  EXPECT_EQ(after.next_charge_at, at("2026-02-28T00:00:00Z"));
  EXPECT_EQ(due_charge(after, TimeZone()).part.period,
            (Period{day("2026-01-31"), day("2026-02-28")}));
  advance_line(before, TimeZone());
  advance_line(after, TimeZone());
  EXPECT_EQ(before.next_charge_at, at("2026-02-28T00:00:00Z"));
  EXPECT_EQ(after.next_charge_at, at("2026-03-31T00:00:00Z"));
  EXPECT_EQ(after.period_start_on, day("2026-02-28"));
  EXPECT_EQ(after.period_end_on, day("2026-03-31"));
}

TEST(SubscriptionLines, OnceIsChargedOnce) {
  auto line = fee(PaymentSchedule::start);
  line.payment_interval = Interval{WirePeriod::once, {}};
  line = started(line, "2026-01-10");
  EXPECT_EQ(line.next_charge_at, at("2026-01-10T00:00:00Z"));
  EXPECT_EQ(due_charge(line, TimeZone()).part.fraction, Exact(1));
  advance_line(line, TimeZone());
  EXPECT_FALSE(line.next_charge_at);
}

TEST(SubscriptionLines, APartialFirstPeriodIsAPartOfItsRealCycle) {
  auto const line =
      started(fee(PaymentSchedule::start), "2026-01-14", BillingCycleAlignment::calendar_period);
  EXPECT_EQ(due_charge(line, TimeZone()).part.fraction, Exact::fraction(18, 31));
  auto const charge = charge_amount(line, due_charge(line, TimeZone()).part.fraction, 0, {});
  EXPECT_EQ(charge.amount_minor, Exact(10000) * 18 / 31);
  EXPECT_FALSE(charge.single_price);
}

TEST(SubscriptionLines, UsageIsCommittedThenFlooredThenCapped_AllShrinkWithThePeriod) {
  auto line = usage(10);
  EXPECT_EQ(charge_amount(line, 1, 700, {}).amount_minor, 7000);
  line.min_committed_count = 1000;
  EXPECT_EQ(charge_amount(line, 1, 700, {}).amount_minor, 10000);
  EXPECT_EQ(charge_amount(line, 1, 700, {}).units, 700) << "the true usage is shown";
  EXPECT_EQ(charge_amount(line, Exact::fraction(1, 2), 100, {}).amount_minor, 5000);
  line.min_amount = 15000;
  EXPECT_EQ(charge_amount(line, 1, 700, {}).amount_minor, 15000);
  EXPECT_EQ(charge_amount(line, Exact::fraction(1, 2), 100, {}).amount_minor, 7500);
  line.min_amount.reset();
  line.max_amount = 20000;
  EXPECT_EQ(charge_amount(line, 1, 9000, {}).amount_minor, 20000);
  EXPECT_EQ(charge_amount(line, Exact::fraction(1, 2), 9000, {}).amount_minor, 10000);
}

TEST(SubscriptionLines, ServiceEndsBehindTheDayUnlessAPeriodBeginsThere) {
  auto line = started(fee(PaymentSchedule::start), "2026-01-01");
  advance_line(line, TimeZone());
  EXPECT_EQ(end_of_service(at("2026-01-15T10:00:00Z"), {line}, TimeZone()), day("2026-01-16"));
  EXPECT_EQ(end_of_service(at("2026-01-15T00:00:00Z"), {line}, TimeZone()), day("2026-01-16"));
  EXPECT_EQ(end_of_service(at("2026-02-01T00:00:00Z"), {line}, TimeZone()), day("2026-02-01"));
}

TEST(SubscriptionLines, UnusedInAdvanceIsFromTheEndToTheEndOfThePeriod) {
  auto line = started(fee(PaymentSchedule::start), "2026-01-01");
  line.attached_at = TimeZone().start_of(day("2026-01-01"));
  EXPECT_FALSE(running_dates(line, TimeZone())) << "nothing was charged yet";
  advance_line(line, TimeZone());
  auto const running = running_dates(line, TimeZone());
  ASSERT_TRUE(running.has_value());
  EXPECT_EQ(*running, (Period{day("2026-01-01"), day("2026-02-01")}));
  auto const at = [](char const* text) { return Cut{day(text), TimeZone().start_of(day(text))}; };
  auto const rest =
      share_after(*running, whole_cycle(line, *running), at("2026-01-16"), TimeZone());
  EXPECT_EQ(rest.fraction, Exact::fraction(16, 31));
  EXPECT_EQ(rest.period, (Period{day("2026-01-16"), day("2026-02-01")}));
  auto const arrears = started(fee(PaymentSchedule::end), "2026-01-01");
  EXPECT_EQ(used_part(arrears, at("2026-01-16"), TimeZone())->fraction, Exact::fraction(15, 31));
  EXPECT_EQ(share_after(*running, *running, at("2026-01-31"), TimeZone()).fraction,
            Exact::fraction(1, 31))
      << "one day is left";
  EXPECT_EQ(share_after(*running, *running, at("2026-02-01"), TimeZone()).fraction, Exact(0));
}

// Milliseconds: from the moment of the change on.
TEST(SubscriptionLines, APauseKeepsTheLastCycleItMadeFree) {
  auto before = started(fee(PaymentSchedule::start), "2026-01-31");
  advance_line(before, TimeZone());
  pass_over(before, at("2026-02-27T23:59:59Z"), TimeZone());
  EXPECT_FALSE(before.passed_over_on.has_value());
  pass_over(before, at("2026-03-31T00:00:00Z"), TimeZone());
  EXPECT_EQ(before.passed_over_on, day("2026-03-31"));
  EXPECT_EQ(before.next_charge_at, at("2026-04-30T00:00:00Z"));
  // In arrears nothing of the period that runs is free.
  auto after = started(fee(PaymentSchedule::end), "2026-01-31");
  pass_over(after, at("2026-03-31T00:00:00Z"), TimeZone());
  EXPECT_FALSE(after.passed_over_on.has_value());
  EXPECT_EQ(after.next_charge_at, at("2026-04-30T00:00:00Z"));
  // A part of a cycle in front is free as its cycle is.
  auto partial =
      started(fee(PaymentSchedule::start), "2026-01-15", BillingCycleAlignment::calendar_period);
  pass_over(partial, at("2026-01-15T00:00:00Z"), TimeZone());
  EXPECT_EQ(partial.next_charge_at, at("2026-02-01T00:00:00Z"));
  EXPECT_EQ(partial.passed_over_on, cycle_at(partial, day("2026-01-31")).start);
}

TEST(SubscriptionLines, ChargesAreTheSameWhoeverNamesThem) {
  auto const line = fee(PaymentSchedule::start);
  auto other = line;
  other.id = SubscriptionLineId("sli_other");
  other.name = "another name";
  other.prices.front().id = "pri_other";
  other.price_options = PriceOptions{};
  EXPECT_TRUE(same_charges(line, other));
  auto const differs = [&](auto const& change) {
    auto changed = line;
    change(changed);
    return !same_charges(line, changed);
  };
  EXPECT_TRUE(differs([](auto& it) { it.count = 2; }));
  EXPECT_TRUE(differs([](auto& it) { it.prices.front().amount = 1; }));
  EXPECT_TRUE(differs([](auto& it) { it.prices.push_back(it.prices.front()); }));
  EXPECT_TRUE(differs([](auto& it) { it.payment_schedule = PaymentSchedule::end; }));
  EXPECT_TRUE(differs([](auto& it) { it.payment_interval.count = 2; }));
  EXPECT_TRUE(differs([](auto& it) { it.price_options = PriceOptions{.flat_at_zero = true}; }));
  EXPECT_TRUE(differs([](auto& it) { it.expire_credits_at_end_of_period = true; }));
}

TEST(SubscriptionLines, SharesInMillisecondsCountFromTheMoment) {
  Period const january{day("2026-01-01"), day("2026-02-01")};
  Cut const noon{day("2026-01-16"), TimeZone().start_of(day("2026-01-16")) + 43'200'000,
                 ProrationBasis::milliseconds};
  EXPECT_EQ(share_after(january, january, noon, TimeZone()).fraction, Exact::fraction(31, 62));
  auto const line = started(fee(PaymentSchedule::end), "2026-01-01");
  EXPECT_EQ(used_part(line, noon, TimeZone())->fraction, Exact::fraction(31, 62));
}

// What was cut in the day is cut again from there, and the rest is the rest.
TEST(SubscriptionLines, APeriodInArrearsIsCutWithinADay) {
  auto line = started(fee(PaymentSchedule::end), "2026-01-01");
  auto const cut_at = [](char const* moment) {
    return Cut{day("2026-01-16"), at(moment), ProrationBasis::milliseconds};
  };
  open_from(line, cut_at("2026-01-16T12:00:00Z"));
  auto const used = used_part(line, cut_at("2026-01-16T18:00:00Z"), TimeZone());
  ASSERT_TRUE(used.has_value());
  EXPECT_EQ(used->fraction, Exact::fraction(1, 124));
  EXPECT_EQ(used->period, (Period{day("2026-01-16"), day("2026-01-17")}));
  EXPECT_EQ(used->time->end, at("2026-01-16T18:00:00Z"));
  EXPECT_FALSE(used_part(line, cut_at("2026-01-16T12:00:00Z"), TimeZone()));
  Cut const by_days{day("2026-01-16"), at("2026-01-16T20:00:00Z")};
  EXPECT_FALSE(used_part(line, by_days, TimeZone())) << "that day is not cut again";
  EXPECT_EQ(due_charge(line, TimeZone()).part.fraction, Exact::fraction(31, 62));
  auto const ended = used_in_arrears({line}, day("2026-01-17"), TimeZone());
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].part.fraction, Exact::fraction(1, 62));
  advance_line(line, TimeZone());
  EXPECT_EQ(due_charge(line, TimeZone()).part.fraction, Exact(1));
}

TEST(SubscriptionLines, UsedInArrearsIsFromTheStartToTheEnd) {
  auto const line = started(fee(PaymentSchedule::end), "2026-01-01");
  EXPECT_TRUE(used_in_arrears({line}, day("2026-01-01"), TimeZone()).empty());
  ASSERT_EQ(used_in_arrears({line}, day("2026-01-02"), TimeZone()).size(), 1u)
      << "one day was used";
  auto const parts = used_in_arrears({line}, day("2026-01-11"), TimeZone());
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].part.fraction, Exact::fraction(10, 31));
  EXPECT_EQ(parts[0].part.period, (Period{day("2026-01-01"), day("2026-01-11")}));
}

TEST(SubscriptionLines, AYearOfWeeksHas365Days) {
  auto line = fee(PaymentSchedule::start, 700);
  line.payment_interval = Interval{WirePeriod::weeks, 1};
  EXPECT_EQ(annual_value({line}), Exact(36500));
  line.payment_interval = Interval{WirePeriod::months, 3};
  EXPECT_EQ(annual_value({line}), Exact(2800));
}

}  // namespace subscription_billing_test
}  // namespace tallybook
