// Routes of subscriptions, and their object for webhooks.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

// Subscriptions: create, list, get, phases, activate, cancel.
void add_subscription_routes(Router& router);
// Pausing, phases, updates and the full update.
void add_subscription_change_routes(Router& router);
void add_transition_routes(Router& router);
void add_template_routes(Router& router);

// The object for webhooks.
std::string subscription_json(Subscription const& subscription,
                              std::vector<SubscriptionLine> const& lines);

}  // namespace tallybook::api
