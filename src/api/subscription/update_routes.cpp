// Updates of a subscription as they stand: applied, planned, failed, cancelled (extension).
#include "api/catalogue/codec.hpp"
#include "api/protocol/list.hpp"
#include "api/subscription/change_wire.hpp"
#include "api/subscription/codec.hpp"
#include "api/subscription/routes.hpp"
#include "app/subscription/planned_updates.hpp"

namespace tallybook::api {
namespace update_routes {

SubscriptionUpdateRecord to_record(SubscriptionUpdate const& update) {
  auto const change = change_of(update);
  SubscriptionUpdateRecord wire;
  wire.id = update.id.value;
  wire.subscription_id = update.subscription_id.value;
  wire.batch_id = update.batch_id;
  wire.type = update.type;
  wire.status = update.status;
  wire.status_reason = update.status_reason;
  wire.application_schedule = update.application_schedule;
  wire.apply_at = update.apply_at;
  wire.payment_schedule = update.payment_schedule;
  wire.charge_at = update.charge_at;
  wire.calculation_method = update.calculation_method;
  wire.refund_method = update.refund_method;
  wire.precision = update.precision;
  if (!update.product_id.empty()) wire.product_id = update.product_id;
  if (change.coupon) wire.coupon_id = change.coupon->coupon_id.value;
  wire.previous_count = update.previous_count;
  wire.new_count = update.new_count;
  if (!change.prices.empty() && change.price_type)
    wire.prices = to_api(change.prices, *change.price_type);
  wire.adjustment_amount = update.adjustment_amount;
  wire.applied_at = update.applied_at;
  wire.created_at = update.created_at;
  return wire;
}

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {
      {"status", "status", FieldKind::choice, {"scheduled", "applied", "cancelled", "failed"}},
      {"type",
       "type",
       FieldKind::choice,
       {"add_product", "remove_product", "add_coupon", "remove_coupon", "update_count",
        "update_prices"}},
      {"product_id", "product_id"},
      {"batch_id", "batch_id"},
      {"apply_at", "apply_at", FieldKind::instant},
      {"applied_at", "applied_at", FieldKind::instant},
  };
  return list;
}

Result<Reply> list(Call& call) {
  if (!Records<Subscription>(*call.sql, call.tenant).find(call.id()))
    return fail(errors::not_found("Subscription"));
  Condition of_subscription;
  of_subscription.add("subscription_id = ?", {call.id()});
  return offset_list<SubscriptionUpdate>(
      call, fields(), of_subscription,
      [](SubscriptionUpdate const& each) { return reflect::to_text(to_record(each)); },
      "created_at DESC, batch_id DESC, position");
}

Result<Reply> cancel(Call& call) {
  TB_TRY(cancelled, cancel_update(*call.work, SubscriptionId(call.id()),
                                  SubscriptionUpdateId(call.id("update_id"))));
  std::vector<SubscriptionUpdateRecord> wire;
  for (auto const& update : cancelled) wire.push_back(to_record(update));
  return reply_with(wire);
}

}  // namespace update_routes

std::string updated_subscription_json(Subscription const& subscription,
                                      std::vector<SubscriptionLine> const& lines,
                                      std::vector<SubscriptionUpdate> const& updates) {
  if (updates.empty()) return subscription_json(subscription, lines);
  UpdatedSubscriptionItem wire;
  static_cast<SubscriptionItem&>(wire) = to_item(subscription, lines);
  for (auto const& update : updates) wire.updates.push_back(update_routes::to_record(update));
  return reflect::to_text(wire);
}

// A table: one route a line.
// clang-format off
void add_update_routes(Router& router) {
  using namespace update_routes;
  char const* const tag = "Subscriptions";
  char const* const scope = "subscriptions";
  router.add({"GET", "/v1/subscriptions/{id}/updates", tag, "List the updates of a subscription, planned ones and those that failed too (extension)", RouteKind::read, scope, 200, {}, offset_schema<SubscriptionUpdateRecord>(), offset_parameters(fields()), list});
  router.add({"POST", "/v1/subscriptions/{id}/updates/{update_id}/cancel", tag, "Cancel a planned update, with those planned together with it (extension)", RouteKind::write, scope, 200, {}, schema<std::vector<SubscriptionUpdateRecord>>(), {}, cancel});
}
// clang-format on

}  // namespace tallybook::api
