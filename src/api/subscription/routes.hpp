// Routes of subscriptions, and their object for webhooks.
#pragma once

#include "api/protocol/route.hpp"
#include "domain/subscription/changes.hpp"

namespace tallybook::api {

// Subscriptions: create, list, get, phases, activate, cancel.
void add_subscription_routes(Router& router);
void add_valuation_routes(Router& router);
// Pausing, phases, updates and the full update.
void add_subscription_change_routes(Router& router);
void add_transition_routes(Router& router);
void add_template_routes(Router& router);
void add_plan_routes(Router& router);

// Updates of a subscription: which there are, and taking planned ones back.
void add_update_routes(Router& router);

// The object for webhooks.
std::string subscription_json(Subscription const& subscription,
                              std::vector<SubscriptionLine> const& lines);
// With the updates it is about.
std::string updated_subscription_json(Subscription const& subscription,
                                      std::vector<SubscriptionLine> const& lines,
                                      std::vector<SubscriptionUpdate> const& updates);

}  // namespace tallybook::api
