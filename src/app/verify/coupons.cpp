// What coupons carry from one document to the next: no document took more than was granted, and
// each row says what its document says.
#include <algorithm>
#include <map>

#include "app/verify/checks.hpp"

namespace tallybook::verify_detail {

void check_coupons(Check const& check) {
  std::map<std::string, std::int64_t> carried;
  for_all<CouponCarryOver>(check, [&](CouponCarryOver const& row) {
    carried[row.subscription_coupon_id] += row.granted - row.taken;
    auto const document = check.records<Invoice>().find(row.invoice_id);
    if (!document) return check.found("coupon carry-over " + row.id.value + ": no such document");
    std::int64_t shown = 0;
    for (auto const& coupon : document->coupons.value_or(std::vector<InvoiceCoupon>())) {
      if (coupon.subscription_coupon_id == row.subscription_coupon_id)
        shown = coupon.discount_amount;
    }
    check.expect("coupon carry-over " + row.id.value, "taken", row.taken, shown);
  });
  for (auto const& [coupon, left] : carried) {
    if (left < 0)
      check.found("coupon " + coupon + ": took " + std::to_string(-left) +
                  " more than it was granted");
  }
}

}  // namespace tallybook::verify_detail
