#include "domain/catalogue/price.hpp"

#include <gtest/gtest.h>

#include "domain/catalogue/billed_quantity.hpp"
#include "domain/catalogue/product.hpp"
#include "domain/catalogue/spend_limits.hpp"

namespace tallybook {
namespace price_test {

Exact ex(char const* text) { return Exact::parse_fraction(text).value(); }

// Amounts in cents.
PriceTier tier(PriceType type, char const* from, char const* to, char const* amount) {
  PriceTier out;
  out.type = type;
  if (*from) out.from = ex(from);
  if (*to) out.to = ex(to);
  out.amount = ex(amount);
  return out;
}

std::vector<PriceTier> two_tiers(PriceType type) {
  return checked_prices({tier(type, "", "20", "200"), tier(type, "", "", "150")}, type, "prices")
      .value();
}

std::string price(std::vector<PriceTier> const& prices, char const* quantity,
                  PriceOptions const& options = {}) {
  return price_quantity(prices, ex(quantity), options).amount_minor.str();
}

TEST(Price, Fee_IsAmountTimesQuantity) {
  EXPECT_EQ(price({tier(PriceType::fee, "", "", "1250")}, "4"), "5000");
  EXPECT_EQ(price({tier(PriceType::fee, "", "", "0.1")}, "2.5"), "1/4");
}

TEST(Price, Volume_EachUnitInItsTierAndBulk_AllUnitsAtTheReachedTier) {
  EXPECT_EQ(price(two_tiers(PriceType::volume), "30"), "5500");
  EXPECT_EQ(price(two_tiers(PriceType::bulk), "30"), "4500");
  PriceOptions all;
  all.volume = VolumeMeans::all_units;
  EXPECT_EQ(price(two_tiers(PriceType::volume), "30", all), "4500");
}

TEST(Price, TierBorder_BelongsToTheLowerTier) {
  EXPECT_EQ(price(two_tiers(PriceType::volume), "20"), "4000");
  EXPECT_EQ(price(two_tiers(PriceType::bulk), "20"), "4000");
  EXPECT_EQ(price(two_tiers(PriceType::bulk), "20.5"), "3075");
  EXPECT_EQ(price(two_tiers(PriceType::volume), "20.5"), "4075");
}

TEST(Price, IncompleteBlocks_FollowTheOption) {
  struct Row {
    PriceType type;
    char const *to, *unit_count, *amount, *quantity, *pro_rata, *in_full, *nothing;
  };
  for (Row const& row : {
           Row{PriceType::volume, "", "100", "1000", "250", "2500", "3000", "2000"},
           Row{PriceType::packaged, "", "100", "1000", "250", "2500", "3000", "2000"},
           Row{PriceType::bulk, "1000", "100", "1000", "250", "2500", "3000", "2000"},
           Row{PriceType::volume, "100", "1", "50", "30", "1500", "5000", "0"},
           Row{PriceType::bulk, "100", "1", "50", "30", "1500", "5000", "0"},
           Row{PriceType::volume, "100", "1", "50", "100", "5000", "5000", "5000"},
           Row{PriceType::packaged, "100", "1", "50", "30.5", "1525", "1550", "1500"},
           Row{PriceType::volume, "", "1", "50", "30.5", "1525", "1550", "1500"},
       }) {
    PriceTier one = tier(row.type, "", row.to, row.amount);
    one.unit_count = ex(row.unit_count);
    char const* const expected[] = {row.pro_rata, row.in_full, row.nothing};
    for (auto option :
         {OnIncomplete::pro_rata, OnIncomplete::pay_in_full, OnIncomplete::do_not_charge}) {
      one.on_incomplete = option;
      EXPECT_EQ(price({one}, row.quantity), expected[static_cast<int>(option)])
          << row.quantity << row.to;
    }
  }
}

TEST(Price, Bps_ClampsEachEventThenAddsTheFee) {
  PriceTier one = tier(PriceType::bps, "", "", "0");
  one.percentage = ex("1.5");
  one.per_unit_floor = 20;
  one.per_unit_cap = 500;
  one.per_unit_fee = 10;
  EXPECT_EQ(price_events({one}, {1000, 10000, 100000}).amount_minor.str(), "700");
  PriceOptions inside;
  inside.fee_inside_clamp = true;
  EXPECT_EQ(price_events({one}, {1000, 10000, 100000}, inside).amount_minor.str(), "685");
  EXPECT_EQ(price_events({one}, {-10000}).amount_minor.str(), "-160");
}

TEST(Price, Bps_FreeAllowanceEndsAtEventsOrValueWhicheverIsFirst) {
  PriceTier one = tier(PriceType::bps, "", "", "0");
  one.percentage = 1;
  one.per_unit_fee = 500;
  PriceOptions free;
  free.free_events = 3;
  free.free_amount = 1500;
  EXPECT_EQ(price_events({one}, {1000, 1000, 1000}, free).amount_minor.str(), "1015");
  free.free_amount.reset();
  EXPECT_EQ(price_events({one}, {1000, 1000, 1000, 1000}, free).amount_minor.str(), "510");
}

TEST(Price, Bps_GraduatedTotalWalksTheTiers) {
  PriceTier low = tier(PriceType::bps, "0", "1000", "0");
  low.percentage = 1;
  low.flat_amount = 20000;
  PriceTier high = tier(PriceType::bps, "1000", "", "0");
  high.percentage = 2;
  high.flat_amount = 30000;
  PriceOptions total;
  total.percentage = PercentageMeans::graduated_total;
  EXPECT_EQ(price_events({low, high}, {600, 500}, total).amount_minor.str(), "50012");
}

TEST(Price, FlatAmount_IsChargedOnceWhenTheTierIsEntered) {
  auto prices = two_tiers(PriceType::volume);
  prices[0].flat_amount = 1000;
  prices[1].flat_amount = 300;
  EXPECT_EQ(price(prices, "0"), "0");
  EXPECT_EQ(price(prices, "20"), "5000");
  EXPECT_EQ(price(prices, "21"), "5450");
  PriceOptions options;
  options.flat_at_zero = true;
  EXPECT_EQ(price(prices, "0", options), "1000");
  options.flat_amounts = FlatAmounts::reached_only;
  EXPECT_EQ(price(prices, "21", options), "4450");
}

TEST(Price, MaxAmount_CapsOneTier) {
  PriceTier one = tier(PriceType::volume, "", "", "100");
  one.max_amount = 300;
  EXPECT_EQ(price({one}, "5"), "300");
  EXPECT_EQ(price({one}, "2"), "200");
}

TEST(Price, Bundle_ChargesWholePacks) {
  PriceTier one = tier(PriceType::bundle, "", "", "900");
  one.pack_size = 100;
  EXPECT_EQ(price({one}, "250"), "2700");
}

TEST(Price, NegativeQuantity_IsTheNegativeOfThePriceOfItsSize) {
  EXPECT_EQ(price(two_tiers(PriceType::volume), "-30"), "-5500");
  EXPECT_EQ(price(two_tiers(PriceType::bulk), "-30"), "-4500");
  PriceOptions floored;
  floored.floor_at_zero = true;
  EXPECT_EQ(price(two_tiers(PriceType::bulk), "-30", floored), "0");
}

TEST(Price, Shares_ExplainTheAmountTierByTier) {
  auto const priced = price_quantity(two_tiers(PriceType::volume), 30);
  ASSERT_EQ(priced.shares.size(), 2u);
  EXPECT_EQ(priced.shares[0].quantity, Exact(20));
  EXPECT_EQ(priced.shares[0].amount_minor, Exact(4000));
  EXPECT_EQ(priced.shares[1].quantity, Exact(10));
  EXPECT_EQ(priced.shares[1].amount_minor, Exact(1500));
}

TEST(Price, Difference_IsWhatACumulativeWindowStillOwes) {
  auto const priced = price_difference(two_tiers(PriceType::volume), 15, 30);
  EXPECT_EQ(priced.amount_minor, Exact(2500));
  EXPECT_EQ(priced.shares[0].amount_minor, Exact(1000));
  EXPECT_EQ(priced.shares[1].amount_minor, Exact(1500));
}

TEST(Price, Prorated_FullUnitsWalkTheTiersAndProratedUnitsPay) {
  auto prices = two_tiers(PriceType::volume);
  prices[0].to = 5;
  prices[1].from = 5;
  EXPECT_EQ(price_prorated(prices, {{4, ex("2.8")}, {2, 1}, {-3, ex("-0.6")}}).amount_minor,
            Exact(625));
  EXPECT_EQ(price_prorated(two_tiers(PriceType::bulk), {{30, 10}}).amount_minor, Exact(1500));
}

TEST(Price, DefaultTierIsAUsableFee) { EXPECT_EQ(price({PriceTier{}}, "3"), "0"); }

TEST(CheckedPrices, BothBorderSpellingsAreReadTheSame) {
  auto const type = PriceType::volume;
  auto const older =
      checked_prices({tier(type, "0", "20", "200"), tier(type, "21", "", "150")}, type, "p")
          .value();
  auto const newer =
      checked_prices({tier(type, "20", "", "150"), tier(type, "0", "20", "200")}, type, "p")
          .value();
  ASSERT_EQ(older.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(older[i].from, newer[i].from);
    EXPECT_EQ(older[i].to, newer[i].to);
    EXPECT_EQ(older[i].amount, newer[i].amount);
  }
}

TEST(CheckedPrices, ProblemsNameTheTierAsTheCallerNumberedIt) {
  auto const type = PriceType::volume;
  auto const with = [&](auto change) {
    std::vector<PriceTier> prices = {tier(type, "0", "10", "3"), tier(type, "10", "20", "2"),
                                     tier(type, "20", "", "1")};
    change(prices);
    auto const result = checked_prices(prices, type, "prices");
    return result ? std::string("accepted") : result.error().fields.at(0).path;
  };
  EXPECT_EQ(with([](auto&) {}), "accepted");
  EXPECT_EQ(with([](auto& p) { p.clear(); }), "prices");
  EXPECT_EQ(with([](auto& p) { p[1].type = PriceType::bulk; }), "prices[1].type");
  EXPECT_EQ(with([](auto& p) { p[0].from = 2; }), "prices[0].from");
  EXPECT_EQ(with([](auto& p) { p[2].from = 22; }), "prices[2].from");
  EXPECT_EQ(with([](auto& p) { p[2].from = 15; }), "prices[2].from");
  EXPECT_EQ(with([](auto& p) { p[1].to.reset(); }), "prices[2].to");
  EXPECT_EQ(with([](auto& p) { p[1].to = 10; }), "prices[1].to");
  EXPECT_EQ(with([](auto& p) { p[1].amount = ex("1e16"); }), "prices[1].amount");
  EXPECT_EQ(with([](auto& p) { p[1].unit_count = 0; }), "prices[1].unit_count");
  EXPECT_EQ(with([](auto& p) {
              p[1].per_unit_floor = 2;
              p[1].per_unit_cap = 1;
            }),
            "prices[1].per_unit_floor");
  EXPECT_EQ(with([](auto& p) {
              std::swap(p[0], p[2]);
              p[0].from = 25;
            }),
            "prices[0].from");
}

TEST(SpendLimits, FloorAddsATrueUpAndCapGivesADiscount) {
  EXPECT_EQ(limit_amount(0, {100, {}}).true_up, Exact(100));
  EXPECT_EQ(limit_amount(150, {100, 120}).amount, Exact(120));
  EXPECT_EQ(limit_amount(75, {{}, 100}, 90).amount, Exact(10));
  EXPECT_EQ(limit_amount(75, {{}, 100}, 200).cap_discount, Exact(75));
  EXPECT_EQ(limit_amount(110, {100, 120}).amount, Exact(110));
}

TEST(BilledQuantity, ConvertsAndCommits) {
  EXPECT_EQ(converted_units(1400, 1000, Rounding::up), Exact(2));
  EXPECT_EQ(converted_units(1400, 1000, std::nullopt), ex("1.4"));
  EXPECT_EQ(committed_quantity(3, Exact(5)), Exact(5));
  EXPECT_EQ(committed_quantity(7, Exact(5)), Exact(7));
  EXPECT_EQ(committed_quantity(3, std::nullopt), Exact(3));
}

TEST(Price, Bundle_WholePacksHoldNoBegunOne) {
  PriceTier pack = tier(PriceType::bundle, "", "", "1000");
  pack.pack_size = 100;
  EXPECT_EQ(price({pack}, "300"), "3000");
  EXPECT_EQ(price({pack}, "300.5"), "4000");
}

PriceConfiguration month_of(char const* name) {
  PriceConfiguration of;
  of.id = PriceConfigurationId(name);
  of.currency = "EUR";
  of.billing_interval = Interval{WirePeriod::months, 1};
  return of;
}
std::string chosen(std::vector<PriceConfiguration> const& all, SoldWith const& sale) {
  auto const* best = best_match(all, sale);
  return best == nullptr ? "none" : best->id.value;
}

TEST(BestMatch, APriceThatSaysMoreGoesFirst) {
  auto any = month_of("any");
  auto country = month_of("country");
  country.country = "FR";
  auto committed = month_of("committed");
  committed.commitment_interval = Interval{WirePeriod::years, 1};
  auto of_plan = month_of("plan");
  of_plan.plan_id = "plan_1";
  auto of_book = month_of("book");
  of_book.price_book_id = "prib_1";
  std::vector<PriceConfiguration> all = {any, country, committed, of_plan, of_book};
  SoldWith sale{"EUR", "FR"};
  EXPECT_EQ(chosen(all, sale), "country");
  sale.commitment = Interval{WirePeriod::months, 12};
  EXPECT_EQ(chosen(all, sale), "committed");
  sale.plan = "plan_1";
  EXPECT_EQ(chosen(all, sale), "plan");
  sale.price_book = "prib_1";
  EXPECT_EQ(chosen(all, sale), "book");
}

TEST(BestMatch, WhatIsForOthersDoesNotFit) {
  auto committed = month_of("committed");
  committed.commitment_interval = Interval{WirePeriod::years, 1};
  EXPECT_EQ(chosen({committed}, {"EUR"}), "none");
  SoldWith sale{"EUR"};
  sale.commitment = Interval{WirePeriod::years, 2};
  EXPECT_EQ(chosen({committed}, sale), "none");
  committed.commitment_interval = Interval{WirePeriod::all, std::nullopt};
  EXPECT_EQ(chosen({committed}, {"EUR"}), "committed");
  auto of_plan = month_of("plan");
  of_plan.plan_id = "plan_1";
  sale.plan = "plan_2";
  EXPECT_EQ(chosen({of_plan}, sale), "none");
  EXPECT_EQ(chosen({committed}, {"USD"}), "none");
  committed.status = CatalogueStatus::archived;
  EXPECT_EQ(chosen({committed}, {"EUR"}), "none");
}

}  // namespace price_test
}  // namespace tallybook
