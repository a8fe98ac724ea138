// Coupons between the wire and the program. Include only from codec files.
#pragma once

#include "api/coupon/wire.hpp"
#include "app/coupon/attaching.hpp"

namespace tallybook::api {

SubscriptionCoupon to_api(HeldCoupon const& held);
// `prefix` is "coupons[": the path of the list up to the index. 400 with the field.
Result<std::vector<NewAttachedCoupon>> to_coupons(
    std::vector<SubscriptionCouponInput> const& inputs, std::string const& prefix);

}  // namespace tallybook::api
