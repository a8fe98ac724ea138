// Routes of payments and payment methods, and the method's object for webhooks.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

// Charging invoices, one-time payments, refunds of transactions, money on account.
void add_payment_routes(Router& router);
// Methods of a customer, tokens of the sandbox, the order of an entity's providers.
void add_payment_method_routes(Router& router);

std::string payment_method_json(PaymentMethod const& method);

}  // namespace tallybook::api
