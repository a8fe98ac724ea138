// The catalogue of coupons, and the promotion codes that hand them out.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// 400 with the fields that are wrong.
Result<Coupon> create_coupon(UnitOfWork& work, Coupon coupon);
// What it takes cannot be changed (COU-1): 400 naming the field. Subscriptions that have it keep
// the terms it was attached with.
Result<Coupon> update_coupon(UnitOfWork& work, CouponId const& id, Coupon wanted);
// It can no longer be used; where it is attached it goes on. 409 while a planned update adds it.
Result<void> delete_coupon(UnitOfWork& work, CouponId const& id);

// A code is unique among those that are not deleted: 409.
Result<PromotionCode> create_promotion_code(UnitOfWork& work, PromotionCode code);
// Everything but the coupon may change.
Result<PromotionCode> update_promotion_code(UnitOfWork& work, PromotionCode code);
Result<void> delete_promotion_code(UnitOfWork& work, PromotionCodeId const& id);

}  // namespace tallybook
