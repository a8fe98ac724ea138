// The terms of a credit product in a subscription (CRE-8). Internal to app/subscription.
#pragma once

#include "app/subscription/subscriptions.hpp"

namespace tallybook {

// Refuses, with its field under `path`, what a line of credits cannot have, and terms of credits on
// any other line.
Result<void> check_credit_line(SubscriptionLine const& line, std::string const& path);

}  // namespace tallybook
