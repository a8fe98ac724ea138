// Routes of taxes.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

// Custom tax rates, and what a customer would be charged today.
void add_tax_routes(Router& router);

}  // namespace tallybook::api
