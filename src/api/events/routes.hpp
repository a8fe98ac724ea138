// Routes of billable events and of usage reads.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook {
class CustomerDirectory;
}

namespace tallybook::api {

// Billable events: ingestion (v1 and v2), list, delete. `directory` must outlive the router.
void add_event_routes(Router& router, CustomerDirectory& directory);
// Usage reads of aggregators and customers.
void add_usage_routes(Router& router);

}  // namespace tallybook::api
