// Routes of customers.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

// Customers: v1 writes, v1 and v2 reads, archive, unarchive, delete.
void add_customer_routes(Router& router);
// The organisations that customers belong to: read and update.
void add_organisation_routes(Router& router);

// The v1 object, for webhooks.
std::string customer_json(Customer const& customer);

}  // namespace tallybook::api
