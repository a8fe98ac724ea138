// Laws of discounts, taxes and wallets: parts sum to the whole, nobody gives more than they have.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "domain/credit/burn_down.hpp"
#include "domain/discount/coupons.hpp"
#include "domain/discount/distribution.hpp"
#include "domain/invoice/totals.hpp"
#include "domain/wallet/wallets.hpp"

namespace tallybook {
namespace discount_property {

void holds(std::string const& what, std::function<void()> const& property) {
  EXPECT_TRUE(rc::check(what, property)) << what;
}

std::vector<std::int64_t> any_lines() {
  std::int64_t const most = *rc::gen::element<std::int64_t>(10, 10'000, 1'000'000'000'000'000);
  std::vector<std::int64_t> out(static_cast<std::size_t>(*rc::gen::inRange(1, 7)));
  for (auto& line : out) line = *rc::gen::inRange<std::int64_t>(-most / 10, most);
  return out;
}

std::vector<CouponTerms> any_coupons(std::size_t lines) {
  std::vector<CouponTerms> out(static_cast<std::size_t>(*rc::gen::inRange(0, 5)));
  for (auto& coupon : out) {
    if (*rc::gen::inRange(0, 2) == 0)
      coupon.percentage = Exact::fraction(*rc::gen::inRange(0, 10'001), 100);
    else
      coupon.amount = *rc::gen::inRange<std::int64_t>(0, 100'000);
    coupon.target =
        *rc::gen::element(CouponTarget::usage, CouponTarget::products, CouponTarget::everything);
    if (*rc::gen::inRange(0, 2) == 0)
      coupon.lines = std::vector<std::size_t>{*rc::gen::inRange<std::size_t>(0, lines)};
  }
  return out;
}

TEST(DiscountProperty, SharesSumToTheDiscountAndFitTheirLines) {
  holds("whole shares", [] {
    auto const lines = any_lines();
    std::int64_t eligible = 0;
    for (auto const line : lines) eligible += std::max<std::int64_t>(0, line);
    std::int64_t const discount = *rc::gen::inRange<std::int64_t>(0, 2 * eligible + 2);
    auto const how = *rc::gen::element(DiscountDistribution::largest_remainder,
                                       DiscountDistribution::remainder_to_last_line);
    auto const parts = distribute_discount(lines, discount, how);
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      RC_ASSERT(parts[i] >= 0);
      RC_ASSERT(parts[i] <= std::max<std::int64_t>(0, lines[i]));
      sum += parts[i];
    }
    RC_ASSERT(sum == std::min(discount, eligible));
  });
}

TEST(DiscountProperty, CouponsSumToTheTotalAndLeaveNoLineBelowZero) {
  holds("stacked coupons", [] {
    auto const amounts = any_lines();
    std::vector<Exact> const lines(amounts.begin(), amounts.end());
    auto const stacking =
        *rc::gen::element(CouponStacking::in_order, CouponStacking::percentages_first,
                          CouponStacking::narrowest_first);
    auto const coupons = any_coupons(lines.size());
    auto const applied = apply_coupons(lines, coupons, Currency(), stacking);
    Exact sum;
    std::int64_t uses = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      RC_ASSERT(applied.remaining[i] + applied.discounts[i] == lines[i]);
      RC_ASSERT(!applied.discounts[i].is_negative());
      RC_ASSERT(applied.remaining[i] >= min(0, lines[i]));
      sum += applied.discounts[i];
      bool const eligible = std::ranges::any_of(coupons, [&](CouponTerms const& coupon) {
        return !coupon.lines || coupon.lines->front() == i;
      });
      RC_ASSERT(eligible || applied.discounts[i].is_zero());
    }
    for (auto const& use : applied.uses) {
      RC_ASSERT(use.amount >= 0);
      uses += use.amount;
    }
    RC_ASSERT(sum == applied.total);
    RC_ASSERT(uses == applied.total);
    std::int64_t whole = 0;
    for (auto const part : whole_discounts(applied)) whole += part;
    RC_ASSERT(whole == applied.total);
  });
}

TEST(TaxProperty, LineTaxesSumToRatesAndTotal) {
  holds("every level", [] {
    std::vector<TaxableLine> lines;
    std::vector<std::vector<Exact>> const rates = {{20}, {10}, {20, Exact::fraction(55, 10)}, {}};
    for (auto const amount : any_lines())
      lines.push_back({amount, rates[*rc::gen::inRange<std::size_t>(0, rates.size())]});
    auto const level =
        *rc::gen::element(TaxRounding::per_rate, TaxRounding::per_line, TaxRounding::once_on_total);
    auto const totals = tax_totals(lines, level);
    std::int64_t by_line = 0;
    std::int64_t by_rate = 0;
    Exact exact;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      by_line += totals.line_tax[i];
      Exact line_tax;
      for (auto const& rate : lines[i].rates) line_tax += lines[i].net * rate / 100;
      Exact const off = Exact(totals.line_tax[i]) - line_tax;
      RC_ASSERT(max(off, -off) < 2);
      exact += line_tax;
    }
    for (auto const& row : totals.by_rate) by_rate += row.tax;
    RC_ASSERT(by_line == totals.tax);
    RC_ASSERT(by_rate == totals.tax);
    if (level == TaxRounding::once_on_total) RC_ASSERT(exact.round() == totals.tax);
  });
}

TEST(WalletProperty, NeverMoreThanBalancesOrTheInvoice) {
  holds("payments", [] {
    auto const amounts = any_lines();
    std::vector<Exact> lines;
    std::int64_t due = 0;
    for (auto const amount : amounts) {
      lines.push_back(Exact(amount) + Exact::fraction(*rc::gen::inRange(-50, 51), 100));
      due += amount;
    }
    std::vector<PayingWallet> wallets(static_cast<std::size_t>(*rc::gen::inRange(0, 5)));
    for (auto& wallet : wallets) {
      wallet.balance = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
      if (*rc::gen::inRange(0, 2) == 0) wallet.priority = *rc::gen::inRange(0, 3);
      if (*rc::gen::inRange(0, 2) == 0)
        wallet.lines = std::vector<std::size_t>{*rc::gen::inRange<std::size_t>(0, lines.size())};
    }
    auto const out = pay_with_wallets(due, lines, wallets, Currency());
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < wallets.size(); ++i) {
      RC_ASSERT(out.used[i] >= 0);
      RC_ASSERT(out.used[i] <= wallets[i].balance);
      if (wallets[i].lines)
        RC_ASSERT(Exact(out.used[i]) <= max(0, lines[wallets[i].lines->front()]));
      sum += out.used[i];
    }
    RC_ASSERT(sum == out.total);
    RC_ASSERT(out.due == due - sum);
    RC_ASSERT(out.due >= std::min<std::int64_t>(0, due));
  });
}

TEST(CreditProperty, UsageIsCoveredOrOverage) {
  holds("nothing is lost or made", [] {
    std::vector<TimedGrant> grants(static_cast<std::size_t>(*rc::gen::inRange(0, 5)));
    Exact granted;
    for (auto& grant : grants) {
      grant.amount = *rc::gen::inRange(0, 100);
      grant.effective_at = {*rc::gen::inRange(0, 50)};
      grant.rank.priority = *rc::gen::inRange(0, 3);
      granted += grant.amount;
    }
    std::vector<TimedUsage> usage(static_cast<std::size_t>(*rc::gen::inRange(0, 8)));
    Exact used;
    for (auto& one : usage) {
      one = {{*rc::gen::inRange(0, 60)}, Exact(*rc::gen::inRange(0, 80))};
      used += one.quantity;
    }
    auto const out = burn_down({0}, {60}, grants, usage, {}, OverageMeans::deducted).value();
    Exact left;
    for (auto const& balance : out.balances) {
      RC_ASSERT(!balance.is_negative());
      left += balance;
    }
    RC_ASSERT(granted - left + out.overage == used);
    RC_ASSERT(out.overage.is_zero() || left.is_zero());
  });
}

}  // namespace discount_property
}  // namespace tallybook
