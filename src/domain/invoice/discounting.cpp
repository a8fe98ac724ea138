#include "domain/invoice/discounting.hpp"

#include <algorithm>

#include "domain/discount/coupons.hpp"

namespace tallybook {
namespace discounting_detail {

std::vector<CouponTerms> terms_of(std::vector<DocumentCoupon> const& coupons) {
  std::vector<CouponTerms> terms;
  for (auto const& coupon : coupons) {
    CouponTerms term;
    term.percentage = coupon.shown.discount_percent;
    term.amount = checked_add(coupon.shown.fixed_amount.value_or(0), coupon.carried.value_or(0));
    term.currency = coupon.currency;
    term.lines = coupon.lines;
    term.target = coupon.target;
    terms.push_back(std::move(term));
  }
  return terms;
}

// Percentages that compound may have a part of a unit and no whole one: without it the others would
// come to something else.
bool took_something(CouponUse const& use) {
  return use.amount != 0 ||
         std::ranges::any_of(use.line_shares, [](Exact const& share) { return !share.is_zero(); });
}

void show(Invoice& invoice, std::vector<InvoiceLine> const& lines,
          std::vector<DocumentCoupon> coupons, std::vector<bool> const& took,
          CouponStacking stacking) {
  std::vector<InvoiceCoupon> shown;
  DiscountFacts facts{stacking, {}};
  bool carries = false;
  for (std::size_t i = 0; i < coupons.size(); ++i) {
    auto& coupon = coupons[i];
    if (!took[i] && coupon.shown.subscription_coupon_id && !coupon.stays) continue;
    carries = carries || coupon.carried;
    coupon.shown.line_items_ids.clear();
    for (std::size_t k = 0; k < lines.size(); ++k) {
      if (!coupon.lines || std::ranges::find(*coupon.lines, k) != coupon.lines->end())
        coupon.shown.line_items_ids.push_back(lines[k].id.value);
    }
    facts.coupons.push_back({coupon.target, coupon.carried});
    shown.push_back(std::move(coupon.shown));
  }
  if (shown.empty()) return;
  invoice.coupons = std::move(shown);
  if (stacking != CouponStacking::in_order || carries) invoice.discounting = std::move(facts);
}

}  // namespace discounting_detail

void discount_document(Invoice& invoice, std::vector<InvoiceLine>& lines,
                       std::vector<DocumentCoupon> coupons, CouponStacking stacking) {
  for (auto& line : lines) line.discount_amount = 0;
  invoice.coupons.reset();
  invoice.discounting.reset();
  if (coupons.empty()) return;
  auto const currency = Currency::parse(invoice.currency).value_or(Currency());
  std::vector<Exact> amounts;
  for (auto const& line : lines)
    amounts.push_back(Money::rounded(line.exact_amount, currency).minor);
  auto const applied =
      apply_coupons(amounts, discounting_detail::terms_of(coupons), currency, stacking);
  auto const discounts = whole_discounts(applied);
  for (std::size_t k = 0; k < lines.size(); ++k) lines[k].discount_amount = discounts[k];
  std::vector<bool> took(coupons.size());
  for (auto& coupon : coupons) coupon.shown.discount_amount = 0;
  for (auto const& use : applied.uses) {
    coupons[use.coupon].shown.discount_amount = use.amount;
    took[use.coupon] = discounting_detail::took_something(use);
  }
  discounting_detail::show(invoice, lines, std::move(coupons), took, stacking);
}

}  // namespace tallybook
