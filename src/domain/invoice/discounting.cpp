#include "domain/invoice/discounting.hpp"

#include <algorithm>

#include "domain/discount/coupons.hpp"

namespace tallybook {

void discount_document(Invoice& invoice, std::vector<InvoiceLine>& lines,
                       std::vector<DocumentCoupon> coupons) {
  for (auto& line : lines) line.discount_amount = 0;
  invoice.coupons.reset();
  if (coupons.empty()) return;
  auto const currency = Currency::parse(invoice.currency).value_or(Currency());
  std::vector<Exact> amounts;
  for (auto const& line : lines)
    amounts.push_back(Money::rounded(line.exact_amount, currency).minor);
  std::vector<CouponTerms> terms;
  for (auto const& coupon : coupons) {
    CouponTerms term;
    term.percentage = coupon.shown.discount_percent;
    term.amount = coupon.shown.fixed_amount.value_or(0);
    term.currency = coupon.currency;
    term.lines = coupon.lines;
    terms.push_back(std::move(term));
  }
  auto const applied = apply_coupons(amounts, terms, currency);
  auto const discounts = whole_discounts(applied);
  for (std::size_t k = 0; k < lines.size(); ++k) lines[k].discount_amount = discounts[k];
  for (auto& coupon : coupons) coupon.shown.discount_amount = 0;
  for (auto const& use : applied.uses) coupons[use.coupon].shown.discount_amount = use.amount;
  std::vector<InvoiceCoupon> shown;
  for (auto& coupon : coupons) {
    if (coupon.shown.discount_amount == 0 && coupon.shown.subscription_coupon_id) continue;
    coupon.shown.line_items_ids.clear();
    for (std::size_t k = 0; k < lines.size(); ++k) {
      if (!coupon.lines || std::ranges::find(*coupon.lines, k) != coupon.lines->end())
        coupon.shown.line_items_ids.push_back(lines[k].id.value);
    }
    shown.push_back(std::move(coupon.shown));
  }
  if (!shown.empty()) invoice.coupons = std::move(shown);
}

}  // namespace tallybook
