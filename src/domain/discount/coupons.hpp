// Coupons on the lines of an invoice, before tax (COU-1, COU-5): each takes from what the coupons
// before it left of its eligible lines and never more than that. Amounts are minor units; each
// coupon takes whole ones, rounded once.
#pragma once

#include <boost/describe/enum.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "money/currency.hpp"
#include "money/exact.hpp"

namespace tallybook {

// What a coupon is limited to; decides the order under CouponStacking::narrowest_first.
BOOST_DEFINE_ENUM_CLASS(CouponTarget, usage, products, everything)

// Either a percentage or an amount.
struct CouponTerms {
  std::optional<Exact> percentage;   // of what remains of the eligible lines; 20 means 20 %
  Exact amount;                      // minor units; of what an earlier invoice left of it
  std::optional<Currency> currency;  // an amount takes from invoices in its currency only
  std::optional<std::vector<std::size_t>> lines;  // eligible lines; empty: all of them
  CouponTarget target = CouponTarget::everything;
};

// in_order: the default, as listed. percentages_first: percentages, compounded and independent of
// their order, then amounts. narrowest_first: limited to usage, then to products, then the rest.
BOOST_DEFINE_ENUM_CLASS(CouponStacking, in_order, percentages_first, narrowest_first)

// What one coupon took.
struct CouponUse {
  std::size_t coupon = 0;  // index in the list of coupons
  std::int64_t amount = 0;
  // What is left of an amount: gone with a coupon for one invoice (the default), or the amount it
  // brings to the next invoice where unused amounts are carried over.
  Exact unused;
  std::vector<Exact> line_shares;  // exact, summing to amount
};

struct AppliedCoupons {
  std::vector<CouponUse> uses;   // in the order applied; the rest was not touched
  std::vector<Exact> discounts;  // of each line, exact
  std::vector<Exact> remaining;  // of each line
  std::int64_t total = 0;        // the sum of all discounts
};

// Applies coupons until nothing above 0 remains of the lines; the coupons after that are not
// touched and have no use. A coupon that finds no eligible amount, or whose currency differs, has a
// use of 0. Percentages beyond 100 count as 100; negative percentages and amounts take nothing.
// Asserts that eligible lines exist.
[[nodiscard]] AppliedCoupons apply_coupons(std::span<Exact const> lines,
                                           std::span<CouponTerms const> coupons,
                                           Currency invoice_currency,
                                           CouponStacking stacking = CouponStacking::in_order);

// The discounts of the lines in whole minor units: they sum to the total (largest remainder).
[[nodiscard]] std::vector<std::int64_t> whole_discounts(AppliedCoupons const& applied);

}  // namespace tallybook
