// Keeps what amount coupons carry from one document to the next. Internal to app/coupon.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Of every coupon of the document's subscription. When the document was settled before, its coupons
// are locked first: what it takes now changes what others may take.
[[nodiscard]] std::vector<CouponCarryOver> carry_overs(UnitOfWork& work, Invoice const& document);
[[nodiscard]] bool is_settled(Invoice const& document, AttachedCouponId const& coupon,
                              std::vector<CouponCarryOver> const& rows);
// A settled document was discounted again: its rows say what it takes now.
void follow_document(UnitOfWork& work, Invoice const& document,
                     std::vector<CouponCarryOver> const& rows);
// The document became more than a draft: granted and taken are settled, once. The coupon is locked.
void settle_carry_over(UnitOfWork& work, Invoice const& document, AttachedCoupon const& coupon,
                       std::int64_t granted, std::int64_t taken);

}  // namespace tallybook
