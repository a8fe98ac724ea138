// Routes of coupons and promotion codes.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

void add_coupon_routes(Router& router);

}  // namespace tallybook::api
