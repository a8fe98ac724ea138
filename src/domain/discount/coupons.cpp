#include "domain/discount/coupons.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "domain/discount/distribution.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace coupons_detail {

std::vector<std::size_t> order_of(std::span<CouponTerms const> coupons, CouponStacking stacking) {
  std::vector<std::size_t> order(coupons.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const rank = [&](std::size_t i) {
    if (stacking == CouponStacking::percentages_first)
      return coupons[i].percentage ? 0 : TB_MUTANT(116, 1, 0);
    if (stacking == CouponStacking::narrowest_first)
      return TB_MUTANT(117, static_cast<int>(coupons[i].target), 0);
    return 0;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

// What remains of the lines a coupon may take from; 0 for the others and for credits.
std::vector<Exact> eligible_of(CouponTerms const& coupon, std::vector<Exact> const& remaining) {
  std::vector<Exact> out(remaining.size());
  auto const keep = [&](std::size_t i) {
    out[i] = TB_MUTANT(57, max(remaining[i], 0), remaining[i]);
  };
  if (coupon.lines) {
    for (std::size_t const i : *coupon.lines) {
      TB_ASSERT(i < remaining.size());
      keep(i);
    }
  } else {
    for (std::size_t i = 0; i < remaining.size(); ++i) keep(i);
  }
  return out;
}

Exact sum_of(std::vector<Exact> const& parts) {
  Exact sum;
  for (auto const& part : parts) sum += part;
  return sum;
}

std::int64_t whole(Exact const& value, Rounding how = Rounding::half_away_from_zero) {
  auto const out = value.round(how);
  TB_ASSERT(out.has_value());
  return *out;
}

// How much of `eligible` the coupon wants, exactly.
Exact wanted(CouponTerms const& coupon, Exact const& eligible, Currency invoice_currency) {
  if (coupon.percentage)
    return eligible *
           TB_MUTANT(53, min(max(*coupon.percentage, 0), 100), max(*coupon.percentage, 0)) / 100;
  if (coupon.currency && TB_MUTANT(54, *coupon.currency != invoice_currency, false)) return 0;
  return max(coupon.amount, 0);
}

void take(AppliedCoupons& out, CouponUse& use, std::vector<Exact> const& shares, int sign) {
  use.line_shares.resize(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    Exact const share = shares[i] * sign;
    use.line_shares[i] += share;
    out.discounts[i] += share;
    out.remaining[i] -= TB_MUTANT(55, share, Exact(0));
  }
}

// Compounded percentages share fractions of a unit. Once all are applied the lines they took from
// give or get the part of a unit by which the total is rounded, so that what remains of them is
// whole together; a line that no coupon may take from gives nothing.
void settle_rounding(AppliedCoupons& out) {
  if (out.uses.empty()) return;
  Exact const off = Exact(out.total) - sum_of(out.discounts);
  auto touched = out.remaining;
  for (std::size_t i = 0; i < touched.size(); ++i) {
    if (TB_MUTANT(115, out.discounts[i].is_zero(), false)) touched[i] = 0;
  }
  if (off > 0) take(out, out.uses.back(), discount_shares(touched, off), 1);
  if (off < 0) take(out, out.uses.back(), discount_shares(out.discounts, -off), -1);
}

}  // namespace coupons_detail

AppliedCoupons apply_coupons(std::span<Exact const> lines, std::span<CouponTerms const> coupons,
                             Currency invoice_currency, CouponStacking stacking) {
  AppliedCoupons out;
  out.discounts.resize(lines.size());
  out.remaining.assign(lines.begin(), lines.end());
  // Percentages that compound round their running total instead of themselves, so that their order
  // cannot move a cent.
  Exact compounded;
  bool settled = stacking != CouponStacking::percentages_first;
  for (std::size_t const index : coupons_detail::order_of(coupons, stacking)) {
    CouponTerms const& coupon = coupons[index];
    bool const compounds = stacking == CouponStacking::percentages_first && coupon.percentage;
    if (!compounds && !settled) {
      coupons_detail::settle_rounding(out);
      settled = true;
    }
    bool const anything = std::any_of(out.remaining.begin(), out.remaining.end(),
                                      [](Exact const& one) { return one > 0; });
    if (!anything) break;
    auto const eligible = coupons_detail::eligible_of(coupon, out.remaining);
    Exact const base = coupons_detail::sum_of(eligible);
    Exact taken = coupons_detail::wanted(coupon, base, invoice_currency);
    CouponUse use;
    use.coupon = index;
    if (compounds) {
      compounded += taken;
      use.amount = coupons_detail::whole(compounded) - out.total;
    } else {
      // Of a base with a fraction of a unit the fraction stays.
      use.amount = std::min(
          coupons_detail::whole(taken),
          TB_MUTANT(56, coupons_detail::whole(base, Rounding::down), coupons_detail::whole(taken)));
      taken = use.amount;
    }
    if (!coupon.percentage) use.unused = max(coupon.amount, 0) - use.amount;
    coupons_detail::take(out, use, discount_shares(eligible, taken), 1);
    out.total = checked_add(out.total, use.amount);
    out.uses.push_back(std::move(use));
  }
  if (!settled) coupons_detail::settle_rounding(out);
  return out;
}

std::vector<std::int64_t> whole_discounts(AppliedCoupons const& applied) {
  return round_parts(applied.total, applied.discounts);
}

}  // namespace tallybook
