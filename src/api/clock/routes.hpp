// Routes of the test clock.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

// The test clock (extension); 403 with a live key.
void add_clock_routes(Router& router);

}  // namespace tallybook::api
