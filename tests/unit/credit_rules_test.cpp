// Grants over time, their order, credits on lines; minimum fees and commitments.
#include <gtest/gtest.h>

#include "domain/catalogue/spend_limits.hpp"
#include "domain/catalogue/window_commitment.hpp"
#include "domain/credit/burn_down.hpp"
#include "domain/credit/line_credits.hpp"
#include "domain/subscription/credit_changes.hpp"
#include "domain/subscription/minimum_fee.hpp"

namespace tallybook {
namespace credit_rules_test {

constexpr std::int64_t hour = 3'600'000;

Instant at(std::int64_t hours) { return {hours * hour}; }
TimedGrant grant(Exact amount, std::int64_t from, std::int64_t until) {
  TimedGrant out;
  out.amount = std::move(amount);
  out.effective_at = at(from);
  out.rank.expires_at = at(until);
  return out;
}
BurnDown run(std::vector<TimedGrant> const& grants, std::vector<TimedUsage> const& usage,
             std::vector<UsageReset> const& resets = {},
             OverageMeans overage = OverageMeans::deducted, std::int64_t to = 100) {
  return burn_down(at(0), at(to), grants, usage, resets, overage).value();
}
using Balances = std::vector<Exact>;

TEST(BurnOrder, PriorityExpiryGrantedOldest) {
  std::vector<BurnRank> const ranks = {{{}, at(9), true, at(0)},
                                       {{}, at(9), false, at(5)},
                                       {{}, at(8), true, at(9)},
                                       {{}, {}, false, at(0)},
                                       {7, {}, true, at(9)}};
  EXPECT_EQ(burn_sequence(ranks), (std::vector<std::size_t>{4, 2, 1, 0, 3}));
  EXPECT_EQ(burn_sequence(ranks, {.by_priority = false}),
            (std::vector<std::size_t>{2, 1, 0, 3, 4}));
  EXPECT_EQ(burn_sequence(ranks, {.by_expiry = false}), (std::vector<std::size_t>{4, 3, 1, 0, 2}));
}

TEST(BurnDown, EarliestExpiryBurnsFirstAndEndsInNothing) {
  auto const out = run({grant(100, 0, 200), grant(50, 0, 90)}, {{at(1), 30}, {at(2), 40}});
  EXPECT_EQ(out.balances, (Balances{80, 0}));
  EXPECT_EQ(out.overage, 0);
}

TEST(BurnDown, OnlyActiveGrantsCover) {
  auto voided = grant(10, 0, 200);
  voided.voided_at = at(5);
  auto const out = run({voided, grant(10, 50, 200), grant(10, 300, 400)}, {{at(6), 4}});
  EXPECT_EQ(out.balances, (Balances{0, 6, 0})) << "the overage of 4 waits for the next grant";
  EXPECT_EQ(out.overage, 0);
  auto const kept = run({voided, grant(10, 50, 200)}, {{at(6), 4}}, {}, OverageMeans::kept);
  EXPECT_EQ(kept.balances, (Balances{0, 10}));
  EXPECT_EQ(kept.overage, 4);
}

TEST(BurnDown, RecurringGrantRefillsFromItsAnchor) {
  auto daily = grant(10, 0, 1000);
  daily.recurrence = GrantRecurrence{24 * hour, at(-12)};  // at 12, 36, 60, 84
  EXPECT_EQ(run({daily}, {{at(11), 8}, {at(84), 3}}).balances, Balances{7});
  EXPECT_EQ(run({daily}, {{at(11), 8}}, {}, OverageMeans::deducted, 12).balances, Balances{10});
  EXPECT_EQ(run({daily}, {{at(11), 8}}, {}, OverageMeans::deducted, 11).balances, Balances{10})
      << "usage at the end belongs to what follows";
}

TEST(BurnDown, ResetRollsOver) {
  auto roll = grant(100, 0, 1000);
  roll.rollover_max = 50;
  EXPECT_EQ(run({roll}, {{at(1), 10}}, {{at(5), false}}).balances, Balances{50});
  EXPECT_EQ(run({roll}, {{at(1), 70}}, {{at(5), false}}).balances, Balances{30});
  roll.rollover_min = 50;
  auto const preserved = run({roll}, {{at(1), 110}}, {{at(5), true}});
  EXPECT_EQ(preserved.balances, Balances{40});
  EXPECT_EQ(preserved.overage, 0);
  EXPECT_EQ(run({roll}, {{at(1), 110}}, {{at(5), false}}).balances, Balances{50});
  EXPECT_EQ(run({roll}, {{at(1), 300}}, {{at(100), true}}).overage, 150) << "a reset at the end";
}

TEST(BurnDown, RefusesWhatCannotBeRun) {
  auto often = grant(1, 0, 10);
  often.recurrence = GrantRecurrence{0, at(0)};
  std::vector<TimedGrant> const grants = {often};
  EXPECT_FALSE(burn_down(at(0), at(1), grants, {}, {}).has_value());
  EXPECT_FALSE(burn_down(at(1), at(0), {}, {}, {}).has_value());
  std::vector<TimedUsage> const negative = {{at(0), -1}};
  EXPECT_FALSE(burn_down(at(0), at(1), {}, negative, {}).has_value());
  std::vector<TimedGrant> const below = {grant(-1, 0, 10)};
  EXPECT_FALSE(burn_down(at(0), at(1), below, {}, {}).has_value());
}

TEST(LineCredits, LinesTakeInOrder) {
  auto const out = apply_credits(std::vector<Exact>{100, -20, 50}, std::vector<Exact>{75, -5, 40});
  EXPECT_EQ(out.lines[0].credit, 100);
  EXPECT_EQ(out.lines[1].payable, -20);
  EXPECT_EQ(out.lines[2].credit, 15);
  EXPECT_EQ(out.used, (Balances{75, 0, 40}));
  EXPECT_EQ(out.total_payable, 15);
}

TEST(MinimumFee, IsProratedRoundedAndReached) {
  std::vector<std::int64_t> const counted = {100, 100};
  auto const out = minimum_true_up(1000, Exact::fraction(15, 31), counted);
  EXPECT_EQ(out.prorated_minimum, 484);
  EXPECT_EQ(out.true_up, 284);
  std::vector<std::int64_t> const enough = {2000, -100};
  EXPECT_EQ(minimum_true_up(1000, 1, enough).true_up, 0);
}

TEST(WindowCommitment, EachWindowOnItsOwn) {
  std::vector<CommitmentWindow> const windows = {
      {20, 5, 2, false}, {2, 5, 2, false}, {3, 10, 2, true}};
  auto const out = windowed_commitment(windows);
  EXPECT_EQ(out.utilized, 10);
  EXPECT_EQ(out.overage, 30);
  EXPECT_EQ(out.true_up, 7);
  EXPECT_EQ(out.amount, 47);
}

TEST(SpendLimits, BehindAPercentageDiscount) {
  auto const out = limit_discounted_amount(1000, 20, {{}, 500}, 100);
  EXPECT_EQ(out.percentage_discount, 200);
  EXPECT_EQ(out.limited.cap_discount, 400) << "900 of the period over 500";
  EXPECT_EQ(out.limited.amount, 400);
}

TEST(BurnDown, AGrantCoversNothingAtTheInstantItExpires) {
  EXPECT_EQ(run({grant(10, 0, 50)}, {{at(50), 4}}).overage, 4);
  EXPECT_EQ(run({grant(10, 0, 50)}, {{at(49), 4}}).overage, 0);
}

SubscriptionLine pack(int count, int cents) {
  SubscriptionLine line;
  line.type = ProductType::credit;
  line.price_type = PriceType::bundle;
  PriceTier price;
  price.type = PriceType::bundle;
  price.amount = cents;
  price.pack_size = 1;
  line.prices = {price};
  line.count = count;
  return line;
}

TEST(CreditChanges, ComeAnewWhereCountAndPriceGoAgainstEachOther) {
  auto const sold = pack(10, 100);
  EXPECT_TRUE(credits_come_anew(sold, pack(5, 101)));
  EXPECT_TRUE(credits_come_anew(sold, pack(5, 300)));
  EXPECT_TRUE(credits_come_anew(sold, pack(20, 40)));
  EXPECT_TRUE(credits_come_anew(sold, pack(20, 50)));
  EXPECT_FALSE(credits_come_anew(sold, pack(20, 51)));
  EXPECT_FALSE(credits_come_anew(sold, pack(5, 100)));
  EXPECT_FALSE(credits_come_anew(sold, pack(5, 40)));
  EXPECT_FALSE(credits_come_anew(sold, pack(10, 40)));
  EXPECT_FALSE(credits_come_anew(sold, pack(10, 400)));
  EXPECT_FALSE(credits_come_anew(pack(10, 0), pack(5, 100)));
}

TEST(CreditChanges, AFullAllowanceBringsWhatIsMoreOfThemWhole) {
  auto more = pack(20, 40);
  EXPECT_EQ(credits_anew(pack(10, 100), more, Exact::fraction(1, 2)), Exact::fraction(1, 2));
  more.credits_grant_mode = CreditsGrantMode::full_allowance;
  // 10 new ones and half of the 10 that were there.
  EXPECT_EQ(credits_anew(pack(10, 100), more, Exact::fraction(1, 2)), Exact::fraction(15, 20));
  auto fewer = pack(5, 300);
  fewer.credits_grant_mode = CreditsGrantMode::full_allowance;
  EXPECT_EQ(credits_anew(pack(10, 100), fewer, Exact::fraction(1, 2)), Exact::fraction(1, 2));
}

TEST(CreditChanges, FreeOnesComeWithAHigherCount) {
  EXPECT_TRUE(brings_free_credits(pack(10, 0), pack(20, 0)));
  EXPECT_FALSE(brings_free_credits(pack(20, 0), pack(10, 0)));
  EXPECT_FALSE(brings_free_credits(pack(10, 0), pack(20, 1)));
}

}  // namespace credit_rules_test
}  // namespace tallybook
