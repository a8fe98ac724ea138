// Routes of credits, and their objects for webhooks.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

// Customers > Credits: all nine endpoints.
void add_credit_routes(Router& router);

// The objects for webhooks.
std::string credit_json(CustomerCredit const& credit);
std::string credit_transaction_json(CreditTransaction const& transaction);

}  // namespace tallybook::api
