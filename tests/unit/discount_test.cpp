// Coupons on lines and the sharing of discounts.
#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "domain/discount/coupons.hpp"
#include "domain/discount/distribution.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace discount_test {

using Amounts = std::vector<std::int64_t>;

Exact ex(char const* text) { return *Exact::parse_fraction(text); }
CouponTerms percent(Exact rate) { return {std::move(rate), 0, {}, {}}; }
CouponTerms fixed(std::int64_t amount) { return {{}, amount, {}, {}}; }
CouponTerms on(std::vector<std::size_t> lines, CouponTerms terms) {
  terms.lines = std::move(lines);
  return terms;
}
Amounts amounts_of(AppliedCoupons const& applied) {
  Amounts out;
  for (auto const& use : applied.uses) out.push_back(use.amount);
  return out;
}
AppliedCoupons apply(std::vector<Exact> const& lines, std::vector<CouponTerms> const& coupons,
                     CouponStacking stacking = CouponStacking::in_order) {
  return apply_coupons(lines, coupons, *Currency::parse("EUR"), stacking);
}

TEST(Coupons, InOrder_EachTakesOfWhatTheOthersLeft) {
  EXPECT_EQ(amounts_of(apply({100}, {fixed(10), percent(20)})), (Amounts{10, 18}));
  EXPECT_EQ(amounts_of(apply({100}, {percent(20), fixed(10)})), (Amounts{20, 10}));
}

TEST(Coupons, StopWhenNothingIsLeft) {
  auto const out = apply({5}, {fixed(10), percent(20)});
  EXPECT_EQ(amounts_of(out), Amounts{5});
  EXPECT_EQ(out.uses.front().unused, 5) << "what a carried amount brings to the next invoice";
  EXPECT_TRUE(apply({0, -5}, {fixed(10)}).uses.empty());
  EXPECT_EQ(apply({100}, {percent(150)}).total, 100);
  EXPECT_EQ(apply({100}, {percent(-5), fixed(-7)}).total, 0);
}

TEST(Coupons, PercentagesFirst_TheOrderMovesNoCent) {
  auto const first = CouponStacking::percentages_first;
  EXPECT_EQ(apply({10000}, {percent(10), percent(25)}, first).total, 3250);
  for (std::int64_t const amount : {333, 335, 1001, 7}) {
    auto const one = apply({amount}, {fixed(3), percent(10), percent(25)}, first);
    auto const two = apply({amount}, {percent(25), percent(10), fixed(3)}, first);
    EXPECT_EQ(one.total, two.total) << amount;
    Exact left;
    for (auto const& line : one.remaining) left += line;
    EXPECT_EQ(left, amount - one.total);
  }
  EXPECT_EQ(apply({333, 334}, {percent(50), fixed(1000)}, first).total, 667) << "to the last cent";
}

// 25 % of two cents is half a cent, rounded to one: it comes from those lines and not from the
// 100 cents that the coupon may not take from.
TEST(Coupons, PercentagesFirst_RoundingStaysOnTheLinesOfTheCoupons) {
  auto const out = apply({1, 1, 100}, {on({0, 1}, percent(25))}, CouponStacking::percentages_first);
  EXPECT_EQ(out.total, 1);
  EXPECT_EQ(out.remaining, (std::vector<Exact>{ex("1/2"), ex("1/2"), 100}));
  EXPECT_EQ(whole_discounts(out), (Amounts{1, 0, 0}));
}

// An amount in front does not lower what percentages take of: 20 % of 100.00, then 10.00.
TEST(Coupons, PercentagesFirst_AmountsFollow) {
  auto const out = apply({10000}, {fixed(1000), percent(20)}, CouponStacking::percentages_first);
  EXPECT_EQ(out.uses[0].coupon, 1u);
  EXPECT_EQ(amounts_of(out), (Amounts{2000, 1000}));
}

TEST(Coupons, Limited_TakeFromTheirLinesOnly) {
  auto const out = apply({75, 12, 13}, {on({0}, fixed(82)), on({1}, fixed(5)), on({}, fixed(20))});
  EXPECT_EQ(amounts_of(out), (Amounts{75, 5, 0}));
  EXPECT_EQ(out.remaining, (std::vector<Exact>{0, 7, 13}));
  EXPECT_THROW(apply({75}, {on({1}, fixed(1))}), BrokenInvariant);
}

TEST(Coupons, NarrowestFirst_UsageThenProductsThenGeneral) {
  auto general = fixed(50);
  auto usage = on({0}, fixed(100));
  usage.target = CouponTarget::usage;
  auto product = on({0, 1}, fixed(100));
  product.target = CouponTarget::products;
  auto const out = apply({100, 100}, {general, product, usage}, CouponStacking::narrowest_first);
  EXPECT_EQ(out.uses[0].coupon, 2u);
  EXPECT_EQ(out.uses[1].coupon, 1u);
  EXPECT_EQ(out.total, 200);
}

TEST(Coupons, Currency_BindsAmountsNotPercentages) {
  auto dollars = fixed(10);
  dollars.currency = Currency::parse("USD");
  auto share = percent(10);
  share.currency = Currency::parse("USD");
  EXPECT_EQ(amounts_of(apply({100}, {dollars, share})), (Amounts{0, 10}));
}

TEST(Coupons, WholeDiscountsSumToTheTotal) {
  auto const out = apply({3333, 3333, 3334}, {percent(ex("33.33")), fixed(7)});
  auto const parts = whole_discounts(out);
  EXPECT_EQ(parts[0] + parts[1] + parts[2], out.total);
}

TEST(Distribution, SharesAreExactAndCapped) {
  std::vector<Exact> const lines = {4, 2, -3};
  EXPECT_EQ(discount_shares(lines, 12), (std::vector<Exact>{4, 2, 0}));
  EXPECT_EQ(discount_shares(lines, 1), (std::vector<Exact>{ex("2/3"), ex("1/3"), 0}));
  EXPECT_EQ(discount_shares(lines, -1), (std::vector<Exact>{0, 0, 0}));
}

TEST(Distribution, RemainderByShareOrToTheLastLine) {
  auto const last = DiscountDistribution::remainder_to_last_line;
  Amounts const lines = {333, 333, 334};
  EXPECT_EQ(distribute_discount(lines, 100, last), (Amounts{33, 33, 34}));
  EXPECT_EQ(distribute_discount(Amounts{1000, 2000}, 5000, last), (Amounts{1000, 2000}));
  EXPECT_EQ(distribute_discount(Amounts{1, 1}, 1), (Amounts{1, 0}));
  EXPECT_EQ(distribute_discount(Amounts{1, 1}, 1, last), (Amounts{0, 1}));
  EXPECT_EQ(distribute_discount(Amounts{1, 1, 1, 1}, 3, last), (Amounts{0, 1, 1, 1}))
      << "the last line has but one";
  EXPECT_EQ(distribute_discount(Amounts{100, -50}, 80), (Amounts{80, 0}));
  EXPECT_TRUE(distribute_discount({}, 80).empty());
}

// What compounds is capped as well: 150 % of 10.00 and then 10 % take 10.00, not 15.00.
TEST(Coupons, PercentagesFirst_NeverTakeMoreThanAll) {
  auto const out = apply({1000}, {percent(150), percent(10)}, CouponStacking::percentages_first);
  EXPECT_EQ(out.total, 1000);
  EXPECT_EQ(amounts_of(out).front(), 1000);
}

}  // namespace discount_test
}  // namespace tallybook
