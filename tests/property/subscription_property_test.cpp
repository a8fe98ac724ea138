// Parts of periods: what was used and what is left are the whole, wherever they are cut.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "domain/subscription/billing.hpp"

namespace tallybook {
namespace subscription_property {

void holds(std::string const& what, std::function<void()> const& property) {
  EXPECT_TRUE(rc::check(what, property)) << what;
}

SubscriptionLine any_line(PaymentSchedule schedule) {
  SubscriptionLine line;
  PriceTier tier;
  tier.amount = *rc::gen::inRange(0, 1'000'000);
  line.prices = {tier};
  line.payment_interval = Interval{
      *rc::gen::element(WirePeriod::days, WirePeriod::weeks, WirePeriod::months, WirePeriod::years),
      *rc::gen::inRange(1, 13)};
  line.payment_schedule = schedule;
  return line;
}

TEST(SubscriptionProperty, UsedAndUnusedAreTheWholePeriod) {
  holds("before and after a cut, by days and by milliseconds", [] {
    TimeZone const zone =
        *TimeZone::find(*rc::gen::element<std::string>("Etc/UTC", "Europe/Paris", "Pacific/Apia"));
    auto line = any_line(PaymentSchedule::end);
    start_line(line, Date{*rc::gen::inRange(10'000, 30'000)},
               *rc::gen::element(BillingCycleAlignment::anniversary,
                                 BillingCycleAlignment::calendar_period),
               zone);
    int const periods = *rc::gen::inRange(0, 15);
    for (int i = 0; i < periods; ++i) advance_line(line, zone);
    DueCharge const due = due_charge(line, zone);
    ChargedPart const whole = due.part;
    Date const day = whole.period.start + *rc::gen::inRange(0, whole.period.days() + 1);
    InstantRange const range = to_instants(whole.period, zone);
    Instant const at{*rc::gen::inRange(range.start.ms, range.end.ms + 1)};
    auto const basis =
        *rc::gen::element(ProrationBasis::calendar_days, ProrationBasis::milliseconds);
    Cut const cut{day, at, basis};
    auto const used = used_part(line, cut, zone).value_or(ChargedPart{whole.period, 0, {}});
    auto const left = share_after(whole.period, due.cycle, cut, zone);
    // The line goes on from the cut: what it charges then is what is left.
    if (left.fraction > Exact(0)) {
      auto rest = line;
      open_from(rest, {basis == ProrationBasis::milliseconds ? zone.date_of(at) : day, at, basis});
      RC_ASSERT(due_charge(rest, zone).part.fraction == left.fraction);
    }
    RC_ASSERT(!used.fraction.is_negative() && !left.fraction.is_negative());
    if (basis == ProrationBasis::calendar_days)
      RC_ASSERT(used.fraction + left.fraction == whole.fraction);
    else if (whole.period == due.cycle)
      RC_ASSERT(used.fraction + left.fraction == Exact(1));
  });
}

TEST(SubscriptionProperty, AdjacentProrationsAddUp) {
  holds("a charge cut in two is the charge", [] {
    auto const line = any_line(PaymentSchedule::start);
    Exact const a = Exact::fraction(*rc::gen::inRange(0, 366), 366);
    Exact const b = Exact(1) - a;
    RC_ASSERT(charge_amount(line, a, 0, {}).amount_minor +
                  charge_amount(line, b, 0, {}).amount_minor ==
              charge_amount(line, 1, 0, {}).amount_minor);
  });
}

TEST(SubscriptionProperty, PeriodsOfALineTileTime) {
  holds("each charge begins where the one before ended", [] {
    auto line = any_line(*rc::gen::element(PaymentSchedule::start, PaymentSchedule::end));
    start_line(line, Date{*rc::gen::inRange(10'000, 30'000)},
               *rc::gen::element(BillingCycleAlignment::anniversary,
                                 BillingCycleAlignment::calendar_period),
               TimeZone());
    for (int i = 0; i < 20; ++i) {
      Period const period = due_charge(line, TimeZone()).part.period;
      RC_ASSERT(period.days() > 0);
      RC_ASSERT(due_charge(line, TimeZone()).part.fraction <= Exact(1));
      advance_line(line, TimeZone());
      RC_ASSERT(due_charge(line, TimeZone()).part.period.start == period.end);
    }
  });
}

TEST(SubscriptionProperty, PriceDifferencesAddUp) {
  holds("usage billed in steps is the usage billed at once", [] {
    std::vector<PriceTier> prices(2);
    for (auto& tier : prices) {
      tier.type = PriceType::volume;
      tier.amount = *rc::gen::inRange(0, 1000);
    }
    prices[0].from = Exact(0);
    prices[0].to = prices[1].from = Exact(*rc::gen::inRange(1, 100));
    Exact const low = *rc::gen::inRange(0, 100);
    Exact const middle = low + *rc::gen::inRange(0, 100);
    Exact const high = middle + *rc::gen::inRange(0, 100);
    RC_ASSERT(price_difference(prices, low, middle).amount_minor +
                  price_difference(prices, middle, high).amount_minor ==
              price_difference(prices, low, high).amount_minor);
  });
}

}  // namespace subscription_property
}  // namespace tallybook
