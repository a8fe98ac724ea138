#include "app/coupon/carrying.hpp"

#include <algorithm>

#include "app/coupon/applying.hpp"

namespace tallybook {
namespace carrying_detail {

std::vector<CouponCarryOver> rows_of(UnitOfWork& work, Invoice const& document) {
  return work.records<CouponCarryOver>().where("subscription_id = ? ORDER BY position, id",
                                               {document.subscription_id->value});
}

std::int64_t taken_by(Invoice const& document, std::string const& coupon) {
  for (auto const& shown : document.coupons.value_or(std::vector<InvoiceCoupon>())) {
    if (shown.subscription_coupon_id == coupon) return shown.discount_amount;
  }
  return 0;
}

}  // namespace carrying_detail

std::vector<CouponCarryOver> carry_overs(UnitOfWork& work, Invoice const& document) {
  auto rows = carrying_detail::rows_of(work, document);
  bool const settled = std::ranges::any_of(
      rows, [&](CouponCarryOver const& row) { return row.invoice_id == document.id.value; });
  if (!settled) return rows;
  lock_coupons(work, document);
  return carrying_detail::rows_of(work, document);
}

bool is_settled(Invoice const& document, AttachedCouponId const& coupon,
                std::vector<CouponCarryOver> const& rows) {
  return std::ranges::any_of(rows, [&](CouponCarryOver const& row) {
    return row.invoice_id == document.id.value && row.subscription_coupon_id == coupon.value;
  });
}

void follow_document(UnitOfWork& work, Invoice const& document,
                     std::vector<CouponCarryOver> const& rows) {
  for (auto row : rows) {
    if (row.invoice_id != document.id.value) continue;
    auto const taken = carrying_detail::taken_by(document, row.subscription_coupon_id);
    if (taken == row.taken) continue;
    row.taken = taken;
    row.updated_at = work.now();
    work.records<CouponCarryOver>().update(row);
  }
}

void settle_carry_over(UnitOfWork& work, Invoice const& document, AttachedCoupon const& coupon,
                       std::int64_t granted, std::int64_t taken) {
  CouponCarryOver row;
  row.id = work.new_id<CouponCarryOverTag>();
  row.subscription_id = coupon.subscription_id;
  row.subscription_coupon_id = coupon.id.value;
  row.invoice_id = document.id.value;
  row.position = static_cast<int>(
      work.records<CouponCarryOver>().count("subscription_coupon_id = ?", {coupon.id.value}));
  row.granted = granted;
  row.taken = taken;
  row.created_at = row.updated_at = work.now();
  work.records<CouponCarryOver>().insert_if_new(row);
}

}  // namespace tallybook
