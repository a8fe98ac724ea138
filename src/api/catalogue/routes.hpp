// Routes of products, price configurations and aggregators.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

// Products, price configurations and aggregators.
void add_product_routes(Router& router);
void add_price_configuration_routes(Router& router);
void add_aggregator_routes(Router& router);
// With the legacy list of plans.
void add_price_book_routes(Router& router);

}  // namespace tallybook::api
