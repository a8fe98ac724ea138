#include "domain/coupon/carrying.hpp"

#include <algorithm>

#include "base/mutant.hpp"

namespace tallybook {

CarriedCoupon carried_to(InvoiceId const& document, HeldCoupon const& held,
                         std::span<CouponCarryOver const> rows) {
  auto const& coupon = held.attached;
  CouponCarryOver const* own = nullptr;
  for (auto const& row : rows) {
    if (row.subscription_coupon_id == coupon.id.value && row.invoice_id == document.value)
      own = &row;
  }
  CarriedCoupon carried;
  std::int64_t earlier = 0;
  for (auto const& row : rows) {
    if (row.subscription_coupon_id != coupon.id.value || &row == own) continue;
    std::int64_t const rest = row.granted - row.taken;
    carried.left = checked_add(carried.left, rest);
    if (own == nullptr || row.position < own->position) earlier = checked_add(earlier, rest);
  }
  carried.left = TB_MUTANT(118, std::min(carried.left, earlier), earlier);
  bool const used = coupon.repeat == CouponRepeat::once && coupon.used_by_invoice_id &&
                    *coupon.used_by_invoice_id != document.value;
  if (own != nullptr)
    carried.granted = own->granted;
  else if (!used)
    carried.granted = held.coupon.discount_amount.value_or(0);
  return carried;
}

}  // namespace tallybook
