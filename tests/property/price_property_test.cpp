// Laws of prices: more costs more, tiers add up, spellings do not matter.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "domain/catalogue/price.hpp"

namespace tallybook {
namespace price_property {

void holds(std::string const& what, std::function<void()> const& property) {
  EXPECT_TRUE(rc::check(what, property)) << what;
}

Exact any_quantity() {
  return Exact::fraction(*rc::gen::inRange(0, 1'000'000), *rc::gen::inRange(1, 100));
}

// Whole borders, as the older spelling needs them.
std::vector<PriceTier> any_tiers(PriceType type) {
  std::vector<PriceTier> out;
  int const count = *rc::gen::inRange(1, 6);
  Exact from = 0;
  for (int i = 0; i < count; ++i) {
    PriceTier tier;
    tier.type = type;
    tier.from = from;
    tier.amount = Exact::fraction(*rc::gen::inRange(0, 100'000), *rc::gen::inRange(1, 1000));
    tier.unit_count = *rc::gen::inRange(1, 50);
    tier.on_incomplete = *rc::gen::element(OnIncomplete::pro_rata, OnIncomplete::pay_in_full,
                                           OnIncomplete::do_not_charge);
    if (*rc::gen::inRange(0, 3) == 0) tier.flat_amount = *rc::gen::inRange(0, 1000);
    if (i + 1 < count) tier.to = from + *rc::gen::inRange(2, 5000);
    if (tier.to) from = *tier.to;
    out.push_back(std::move(tier));
  }
  return checked_prices(std::move(out), type, "prices").value();
}

TEST(PriceProperty, GraduatedPricesNeverFallWhenUsageGrows) {
  holds("monotonic", [] {
    auto const prices = any_tiers(*rc::gen::element(PriceType::volume, PriceType::packaged));
    Exact const less = any_quantity();
    Exact const more = less + any_quantity();
    RC_ASSERT(price_quantity(prices, less).amount_minor <=
              price_quantity(prices, more).amount_minor);
    RC_ASSERT(!price_quantity(prices, less).amount_minor.is_negative());
  });
}

TEST(PriceProperty, SharesSumToTheAmountAndTheQuantity) {
  holds("shares", [] {
    auto const prices =
        any_tiers(*rc::gen::element(PriceType::volume, PriceType::packaged, PriceType::bulk));
    Exact const quantity = any_quantity();
    auto const priced = price_quantity(prices, quantity);
    Exact units;
    Exact amount;
    for (TierShare const& share : priced.shares) {
      units += share.quantity;
      amount += share.amount_minor;
    }
    RC_ASSERT(units == quantity);
    RC_ASSERT(amount == priced.amount_minor);
  });
}

TEST(PriceProperty, GraduatedPriceIsAdditiveOverTiers) {
  holds("pricing up to a border and from it on adds up", [] {
    auto prices = any_tiers(PriceType::volume);
    for (PriceTier& tier : prices) tier.on_incomplete = OnIncomplete::pro_rata;
    Exact const first = any_quantity();
    Exact const second = first + any_quantity();
    Exact const whole = price_quantity(prices, second).amount_minor;
    RC_ASSERT(price_quantity(prices, first).amount_minor +
                  price_difference(prices, first, second).amount_minor ==
              whole);
    Exact by_hand;
    for (PriceTier const& tier : prices) {
      if (second <= *tier.from) break;
      Exact const end = tier.to ? min(*tier.to, second) : second;
      by_hand += (end - *tier.from) * tier.amount / tier.unit_count + tier.flat_amount.value_or(0);
    }
    RC_ASSERT(by_hand == whole);
  });
}

TEST(PriceProperty, TierSpellingsAreEqual) {
  holds("0-20/21- and 0-20/20-, in any order", [] {
    auto const type = *rc::gen::element(PriceType::volume, PriceType::packaged);
    auto const prices = any_tiers(type);
    auto older = prices;
    for (size_t i = 1; i < older.size(); ++i) *older[i].from += 1;
    std::reverse(older.begin(), older.end());
    auto const read = checked_prices(older, type, "prices");
    RC_ASSERT(read.has_value());
    Exact const quantity = any_quantity();
    RC_ASSERT(price_quantity(*read, quantity).amount_minor ==
              price_quantity(prices, quantity).amount_minor);
  });
}

TEST(PriceProperty, IncompleteOptionsAreOrdered) {
  holds("nothing <= pro rata <= in full", [] {
    auto prices =
        any_tiers(*rc::gen::element(PriceType::volume, PriceType::packaged, PriceType::bulk));
    Exact const quantity = any_quantity();
    auto const with = [&](OnIncomplete option) {
      for (PriceTier& tier : prices) tier.on_incomplete = option;
      return price_quantity(prices, quantity).amount_minor;
    };
    Exact const part = with(OnIncomplete::pro_rata);
    RC_ASSERT(with(OnIncomplete::do_not_charge) <= part);
    RC_ASSERT(part <= with(OnIncomplete::pay_in_full));
  });
}

TEST(PriceProperty, NegativeQuantityMirrors) {
  holds("credit of usage", [] {
    auto const prices =
        any_tiers(*rc::gen::element(PriceType::volume, PriceType::packaged, PriceType::bulk));
    Exact const quantity = any_quantity();
    RC_ASSERT(price_quantity(prices, -quantity).amount_minor ==
              -price_quantity(prices, quantity).amount_minor);
  });
}

TEST(PriceProperty, ProratingNothingAwayIsTheFullPrice) {
  holds("one change, fully paid", [] {
    auto prices = any_tiers(PriceType::volume);
    for (PriceTier& tier : prices) tier.on_incomplete = OnIncomplete::pro_rata;
    Exact const units = any_quantity();
    RC_ASSERT(price_prorated(prices, {{units, units}}).amount_minor ==
              price_quantity(prices, units).amount_minor);
  });
}

}  // namespace price_property
}  // namespace tallybook
