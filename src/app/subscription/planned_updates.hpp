// Updates that wait for their day (SUB-UPD-8): applied, or told why they were not; taken back; kept
// from losing what they need.
#pragma once

#include <functional>

#include "app/subscription/updates.hpp"

namespace tallybook {

// What is planned is held as it is now: added products at their prices, which stay; coupons are
// asked for what is known of their day already. Both are locked, so that nobody takes them away.
Result<void> hold_for_plan(UnitOfWork& work, SubscriptionState const& state,
                           std::vector<SubscriptionChange>& changes, Instant at);

// The updates planned up to the step's instant, batch by batch. Of one that cannot be applied any
// more the update that is to blame is failed with the reason, those planned with it are cancelled.
void apply_planned_updates(BillingStep& step, Instant until);

// Cancels what is planned for the subscription, with the reason: each batch that has one such
// update; of all of them without a condition. Returns them in the order of their days.
std::vector<SubscriptionUpdate> cancel_planned(
    UnitOfWork& work, SubscriptionId const& id, std::string const& reason,
    std::function<bool(SubscriptionUpdate const&)> const& concerned = {});
// Planned changes of products that neither the subscription nor another plan sells any more.
std::vector<SubscriptionUpdate> cancel_plans_of_gone_products(UnitOfWork& work,
                                                              SubscriptionState const& state);

// Takes a planned update back, with those planned together with it. 404 when it is not one of the
// subscription, 409 when it is not planned any more.
Result<std::vector<SubscriptionUpdate>> cancel_update(UnitOfWork& work, SubscriptionId const& id,
                                                      SubscriptionUpdateId const& update);

// 409 naming the planned update that needs it.
Result<void> check_no_plan_adds(UnitOfWork& work, ProductId const& product);
Result<void> check_no_plan_adds(UnitOfWork& work, CouponId const& coupon);
// Whether a planned update adds a product that this aggregator counts.
[[nodiscard]] bool is_planned(UnitOfWork& work, AggregatorId const& aggregator);

}  // namespace tallybook
