// Changes of a running subscription: states, phases ahead, incremental updates, the full update.
#include <algorithm>
#include <map>
#include <set>

#include "api/catalogue/codec.hpp"
#include "api/coupon/codec.hpp"
#include "api/subscription/change_wire.hpp"
#include "api/subscription/codec.hpp"
#include "api/subscription/routes.hpp"
#include "app/subscription/put_subscription.hpp"
#include "app/subscription/seats.hpp"
#include "app/subscription/updates.hpp"
#include "base/assert.hpp"

namespace tallybook::api {
namespace change_routes {

UpdateType to_type(UpdateTypeV1 type) {
  switch (type) {
    case UpdateTypeV1::add_product:
    case UpdateTypeV1::add_item:
      return UpdateType::add_product;
    case UpdateTypeV1::remove_product:
    case UpdateTypeV1::remove_item:
      return UpdateType::remove_product;
    case UpdateTypeV1::add_coupon:
      return UpdateType::add_coupon;
    case UpdateTypeV1::remove_coupon:
      return UpdateType::remove_coupon;
    case UpdateTypeV1::update_prices:
      return UpdateType::update_prices;
    case UpdateTypeV1::update_count:
      break;
  }
  return UpdateType::update_count;
}

// Quarters are three months on this payload.
Result<std::optional<Interval>> interval_of(UpdatePayload const& payload, std::string const& path) {
  if (!payload.billing_interval_period) return std::optional<Interval>{};
  std::string const field = path + ".billing_interval_period";
  if (*payload.billing_interval_period == "quarters") {
    TB_TRY(interval,
           checked_interval({WirePeriod::months, 3 * payload.billing_interval_count.value_or(1)},
                            field));
    return std::optional<Interval>{interval};
  }
  auto const period = reflect::enum_from<WirePeriod>(*payload.billing_interval_period);
  if (!period || *period == WirePeriod::all)
    return fail(
        errors::invalid_field(field, "expected days, weeks, months, quarters, years or once"));
  Interval wanted{*period, payload.billing_interval_count};
  if (*period == WirePeriod::once) wanted.count.reset();
  TB_TRY(interval, checked_interval(wanted, field));
  return std::optional<Interval>{interval};
}

MeteringIntervalType metering_of(UsageIntervalType type) {
  switch (type) {
    case UsageIntervalType::subscription_commitment:
      return MeteringIntervalType::subscription_commitment;
    case UsageIntervalType::subscription_duration:
      return MeteringIntervalType::subscription_duration;
    case UsageIntervalType::full_database:
      return MeteringIntervalType::full_database;
    case UsageIntervalType::custom:
      return MeteringIntervalType::custom;
    case UsageIntervalType::item_payment_interval:
      break;
  }
  return MeteringIntervalType::payment_interval;
}

// An added product in the form of a subscription's products, so that both mean the same.
Result<NewLine> added_line(UpdatePayload const& payload, std::string const& path, IdSource& ids) {
  if (!payload.product_id) return fail(errors::invalid_field(path + ".product_id", "required"));
  SubscriptionProductInput input;
  input.id = *payload.product_id;
  input.name = payload.product_name;
  input.description = payload.product_description;
  input.description_display_interval_dates = payload.display_interval_dates_in_description;
  TB_TRY(interval, interval_of(payload, path));
  input.payment_interval = interval;
  input.payment_schedule = payload.start_or_end;
  input.prices = payload.prices;
  input.count = payload.count;
  input.unit_name = payload.unit_name;
  input.min_committed_count = payload.committed_count;
  input.min_amount = payload.min_amount;
  input.max_amount = payload.max_amount;
  if (payload.usage_interval_type)
    input.metering_interval_type = metering_of(*payload.usage_interval_type);
  if (payload.usage_interval_period)
    input.metering_interval =
        Interval{*payload.usage_interval_period, payload.usage_interval_count.value_or(1)};
  input.metering_interval_start_at = payload.usage_interval_period_start;
  input.bill_usage_difference = payload.only_bill_usage_difference;
  input.seat_refresh = payload.seat_refresh;
  input.credits_expiration_in_days = payload.credits_expiration_in_days;
  input.expire_credits_at_end_of_period = payload.expire_credits_at_end_of_period;
  static_cast<PricesByEvents&>(input) = payload;
  return to_new_line(input, path, ids);
}

Result<CouponChange> to_coupon(UpdatePayload const& payload, std::string const& path) {
  SubscriptionCouponInput input;
  input.id = *payload.coupon_id;
  if (payload.repeat) {
    input.repeat = reflect::enum_from<AttachedRepeat>(*payload.repeat);
    if (!input.repeat)
      return fail(errors::invalid_field(path + ".repeat", "expected once, forever or custom"));
  }
  input.apply_at = payload.apply_at;
  input.expires_at = payload.expires_at;
  input.product_ids = payload.product_ids ? payload.product_ids : payload.billing_item_ids;
  input.duration_count = payload.duration_count;
  if (payload.duration_period) {
    auto const period = reflect::enum_from<DurationPeriod>(*payload.duration_period);
    if (!period)
      return fail(errors::invalid_field(path + ".duration_period",
                                        "expected days, weeks, months or years"));
    input.duration_period = *reflect::enum_from<PromotionPeriod>(*payload.duration_period);
  }
  TB_TRY(coupons, to_coupons({input}, path + ".coupons["));
  auto const& one = coupons.front();
  return CouponChange{one.coupon_id, one.repeat,     one.duration,
                      one.apply_at,  one.expires_at, one.product_ids};
}

// What each type uses of the payload.
std::vector<std::string_view> used_by(UpdateType type) {
  switch (type) {
    case UpdateType::add_product:
      return {"product_id",
              "type",
              "count",
              "prices",
              "product_name",
              "product_description",
              "billing_interval_period",
              "billing_interval_count",
              "start_or_end",
              "display_interval_dates_in_description",
              "min_amount",
              "max_amount",
              "committed_count",
              "usage_interval_type",
              "usage_interval_count",
              "usage_interval_period",
              "usage_interval_period_start",
              "only_bill_usage_difference",
              "unit_name",
              "seat_refresh",
              "credits_expiration_in_days",
              "expire_credits_at_end_of_period",
              "price_groups",
              "group_by",
              "price_options"};
    case UpdateType::add_coupon:
      return {"coupon_id",        "repeat",      "expires_at",     "apply_at",
              "billing_item_ids", "product_ids", "duration_count", "duration_period"};
    case UpdateType::update_count:
      return {"product_id", "count"};
    case UpdateType::update_prices:
      return {"product_id", "prices"};
    case UpdateType::remove_coupon:
      return {"coupon_id"};
    case UpdateType::remove_product:
      break;
  }
  return {"product_id"};
}

// A problem of the product or coupon an update brings, by the name its payload has for the field.
std::string as_sent(std::string const& field, UpdateType type, bool by_items) {
  static constexpr std::pair<std::string_view, std::string_view> products[] = {
      {"payment_schedule", "start_or_end"},
      {"payment_interval", "billing_interval_period"},
      {"min_committed_count", "committed_count"},
      {"metering_interval_type", "usage_interval_type"},
      {"metering_interval_start_at", "usage_interval_period_start"},
      {"metering_interval", "usage_interval_period"},
      {"bill_usage_difference", "only_bill_usage_difference"},
      {"description_display_interval_dates", "display_interval_dates_in_description"},
      {"name", "product_name"},
      {"description", "product_description"},
      {"id", "product_id"}};
  auto const at = field.rfind("payload.");
  if (at == std::string::npos) return field;
  std::string const path = field.substr(0, at + 8);
  std::string name = field.substr(at + 8);
  if (type == UpdateType::add_product) {
    std::string const first = name.substr(0, name.find('.'));
    for (auto const& [ours, sent] : products) {
      if (first == ours) return path + std::string(sent);
    }
  }
  if (name.starts_with("coupons[0].")) name = name.substr(11);
  if (by_items && name.starts_with("product_ids")) name.replace(0, 11, "billing_item_ids");
  return path + name;
}

// A field that would do nothing is refused.
Result<void> check_payload(UpdateType type, Value const* payload, std::string const& path) {
  if (payload == nullptr || payload->as_object() == nullptr) return {};
  auto const used = used_by(type);
  reflect::Problems problems;
  for (auto const& [key, value] : *payload->as_object()) {
    if (!value.is_null() && std::ranges::find(used, key) == used.end())
      problems.add(path + "." + key, "not a field of " + std::string(reflect::enum_name(type)));
  }
  auto const* ids = payload->find("product_ids");
  auto const* older = payload->find("billing_item_ids");
  if (type == UpdateType::add_coupon && ids && older && !ids->is_null() && !older->is_null())
    problems.add(path + ".billing_item_ids", "give product_ids alone");
  if (!problems.empty()) return fail(problems.error());
  return {};
}

// The kind of product, said again: it must be what the catalogue says.
Result<std::optional<ProductType>> product_type_of(UpdatePayload const& payload,
                                                   std::string const& path) {
  if (!payload.type) return std::optional<ProductType>{};
  if (*payload.type == "fee" || *payload.type == "flat_fee")
    return std::optional<ProductType>{ProductType::flat_fee};
  if (*payload.type == "seat") return std::optional<ProductType>{ProductType::seat};
  if (*payload.type == "dynamic") return std::optional<ProductType>{ProductType::dynamic};
  // An extension: whatever a subscription sells can be added to it.
  if (*payload.type == "credit") return std::optional<ProductType>{ProductType::credit};
  if (*payload.type == "bundle") return std::optional<ProductType>{ProductType::bundle};
  return fail(
      errors::invalid_field(path + ".type", "expected fee, seat, dynamic, credit or bundle"));
}

Result<SubscriptionChange> to_change(UpdateTypeV1 type, UpdatePayload const& payload,
                                     std::string const& path, IdSource& ids) {
  SubscriptionChange change;
  change.type = to_type(type);
  change.path = path;
  change.product_id = payload.product_id.value_or("");
  change.count = payload.count;
  bool const coupon =
      change.type == UpdateType::add_coupon || change.type == UpdateType::remove_coupon;
  if (coupon) {
    if (!payload.coupon_id) return fail(errors::invalid_field(path + ".coupon_id", "required"));
    TB_TRY(added, to_coupon(payload, path));
    change.coupon = std::move(added);
    return change;
  }
  if (change.type == UpdateType::add_product) {
    TB_TRY(line, added_line(payload, path, ids));
    change.line = std::move(line);
    TB_TRY(product_type, product_type_of(payload, path));
    change.product_type = product_type;
    return change;
  }
  if (change.product_id.empty())
    return fail(errors::invalid_field(path + ".product_id", "required"));
  if (change.type == UpdateType::update_prices) {
    if (!payload.prices || payload.prices->empty())
      return fail(errors::invalid_field(path + ".prices", "required by update_prices"));
    change.price_type = payload.prices->front().type;
    TB_TRY(tiers, to_tiers(*payload.prices, *change.price_type, path + ".prices", ids));
    change.prices = std::move(tiers);
  }
  return change;
}

UpdateTerms to_terms(SubscriptionUpdateEnvelope const& body) {
  return {body.application_schedule,
          body.apply_at,
          body.payment_schedule,
          body.charge_at,
          body.calculation_method,
          body.refund_method,
          body.precision.value_or(ProrationBasis::calendar_days)};
}

Result<std::vector<SubscriptionChange>> to_changes(SubscriptionUpdateManyRequest const& body,
                                                   IdSource& ids) {
  if (body.updates.empty() || body.updates.size() > 100)
    return fail(errors::invalid_field("updates", "expected 1 to 100 updates"));
  std::vector<SubscriptionChange> changes;
  for (std::size_t i = 0; i < body.updates.size(); ++i) {
    TB_TRY(change, to_change(body.updates[i].type, body.updates[i].payload,
                             "updates[" + std::to_string(i) + "].payload", ids));
    changes.push_back(std::move(change));
  }
  return changes;
}

// Looked at as they were sent, before their fields get the names they have elsewhere.
Result<void> check_payloads(SubscriptionUpdateManyRequest const& body, Value const& given) {
  for (std::size_t i = 0; i < body.updates.size() && i < 100; ++i) {
    Value const* const update = &(*given.find("updates")->as_array())[i];
    TB_CHECK(check_payload(to_type(body.updates[i].type), update->find("payload"),
                           "updates[" + std::to_string(i) + "].payload"));
  }
  return {};
}

// Problems by the names the payloads have: "payload." is the only one, "updates[2].payload." one of
// many.
template <class T>
Result<T> by_sent_names(Result<T> result, std::vector<SubscriptionChangeV1> const& sent) {
  if (result) return result;
  return fail(errors::renamed(std::move(result).error(), [&](std::string const& field) {
    std::size_t index = 0;
    if (field.starts_with("updates[")) index = std::stoul(field.substr(8));
    if (index >= sent.size()) return field;
    return as_sent(field, to_type(sent[index].type),
                   sent[index].payload.billing_item_ids.has_value());
  }));
}

Result<UpdatedSubscription> update_one(Call& call, SubscriptionUpdateRequest const& body) {
  TB_TRY(change, to_change(body.type, body.payload, "payload", call.services.ids));
  return update_subscription(*call.work, SubscriptionId(call.id()), {change}, to_terms(body));
}

Result<UpdatedSubscription> update_all(Call& call, SubscriptionUpdateManyRequest const& body) {
  TB_TRY(changes, to_changes(body, call.services.ids));
  return update_subscription(*call.work, SubscriptionId(call.id()), changes, to_terms(body));
}

Result<std::int64_t> simulate_all(Call& call, SubscriptionUpdateManyRequest const& body) {
  TB_TRY(changes, to_changes(body, call.services.ids));
  return simulate_updates(*call.work, SubscriptionId(call.id()), changes, to_terms(body));
}

Result<Reply> update(Call& call) {
  TB_TRY(body, read_body<SubscriptionUpdateRequest>(call));
  TB_CHECK(check_payload(to_type(body.type), call.body.find("payload"), "payload"));
  TB_TRY(updated, by_sent_names(update_one(call, body), {{body.type, body.payload}}));
  return reply_with(SubscriptionUpdateRef{updated.updates.front().id.value}, 201);
}

Result<Reply> update_many(Call& call) {
  TB_TRY(body, read_body<SubscriptionUpdateManyRequest>(call));
  TB_CHECK(check_payloads(body, call.body));
  TB_TRY(updated, by_sent_names(update_all(call, body), body.updates));
  std::vector<SubscriptionUpdateRef> refs;
  for (auto const& each : updated.updates) refs.push_back({each.id.value});
  return reply_with(refs, 201);
}

Result<Reply> simulate(Call& call) {
  TB_TRY(body, read_body<SubscriptionUpdateManyRequest>(call));
  TB_CHECK(check_payloads(body, call.body));
  TB_TRY(amount, by_sent_names(simulate_all(call, body), body.updates));
  return reply_with(SubscriptionSimulation{amount});
}

Result<Reply> pause(Call& call) {
  TB_TRY(body, read_body<SubscriptionPauseBody>(call));
  TB_TRY(state, pause_subscription(*call.work, SubscriptionId(call.id()), body.reactivate_at));
  return reply_with(details_of(call, state));
}

Result<Reply> reactivate(Call& call) {
  TB_TRY(state, reactivate_subscription(*call.work, SubscriptionId(call.id())));
  return reply_with(details_of(call, state));
}

Result<Reply> reinstate(Call& call) {
  TB_TRY(state, reinstate_subscription(*call.work, SubscriptionId(call.id())));
  return reply_with(details_of(call, state));
}

Result<Reply> renew(Call& call) {
  TB_TRY(body, read_body<SubscriptionRenewBody>(call));
  TB_TRY(state, renew_subscription(*call.work, SubscriptionId(call.id()), body.up_to));
  return reply_with(details_of(call, state));
}

// Every subscription is billed here from its beginning: what is asked for holds already.
Result<Reply> engine(Call& call) {
  TB_TRY(body, read_body<SubscriptionEngine>(call));
  auto& work = *call.work;
  auto found = work.records<Subscription>().find(call.id());
  if (!found) return fail(errors::not_found("Subscription"));
  if (body.cancel_external_subscription.value_or(false))
    return fail(errors::invalid_field("cancel_external_subscription",
                                      "the subscription was never billed anywhere else"));
  auto state = load_state(work.sql(), work.tenant(), *std::move(found));
  return reply_with(details_of(call, state));
}

Result<Reply> next_phase(Call& call) {
  TB_TRY(body, read_body<SubscriptionNextPhaseBody>(call));
  TB_TRY(state, begin_next_phase(*call.work, SubscriptionId(call.id()), body.transition_date));
  return reply_with(details_of(call, state));
}

Result<void> check_put(SubscriptionPut const& body) {
  reflect::Problems problems;
  if (body.tax_only.value_or(false)) problems.add("tax_only", "not offered by this version");
  if (body.custom_properties && !body.custom_properties->empty())
    problems.add("custom_properties", "no such custom property");
  auto const amount = [&](char const* field, Patch<Exact> const& value) {
    if (value.value && (value.value->is_negative() || *value.value > Exact(max_amount_minor)))
      problems.add(field, "expected 0 to 10^15 minor units");
  };
  amount("estimated_arr", body.estimated_arr);
  amount("contract_value", body.contract_value);
  amount("minimum_invoice_fee", body.minimum_invoice_fee);
  if (!problems.empty()) return fail(problems.error());
  return {};
}

void change_header(SubscriptionPut const& body, Subscription& subscription) {
  body.name.apply(subscription.name);
  body.purchase_order.apply(subscription.purchase_order);
  body.crm_opportunity_id.apply(subscription.crm_opportunity_id);
  body.invoice_custom_note.apply(subscription.invoice_custom_note);
  body.estimated_arr.apply(subscription.estimated_arr);
  body.contract_value.apply(subscription.contract_value);
  body.minimum_invoice_fee.apply(subscription.minimum_invoice_fee);
  // As it is read without one.
  if (auto& fee = subscription.minimum_invoice_fee; fee && fee->is_zero()) fee.reset();
  body.document_name.apply(subscription.document_name);
  auto const set = [](std::optional<bool> const& given, bool& target) {
    if (given) target = *given;
  };
  set(body.generate_draft_invoices, subscription.generate_draft_invoices);
  set(body.generate_document, subscription.generate_document);
  set(body.add_tax_to_document, subscription.add_tax_to_document);
  set(body.do_not_charge_subscription, subscription.do_not_charge_subscription);
  set(body.display_shipping_details, subscription.display_shipping_details);
  if (body.invoice_schedule) subscription.invoice_schedule = body.invoice_schedule;
  if (body.properties) subscription.properties.text = reflect::to_text(*body.properties);
}

bool only_light(SubscriptionPut const& body) {
  return !body.name.present && !body.purchase_order.present && !body.invoice_custom_note.present &&
         !body.cancel_at.present && !body.minimum_invoice_fee.present &&
         !body.document_name.present && !body.generate_draft_invoices && !body.generate_document &&
         !body.add_tax_to_document && !body.do_not_charge_subscription && !body.invoice_schedule &&
         !body.properties && !body.phases && !body.contract_terms;
}

// Dates are the same in whatever way they are written.
bool is_as_read(Value const& sent, Value const& read) {
  if (sent == read) return true;
  auto const* a = sent.as_string();
  auto const* b = read.as_string();
  if (a == nullptr || b == nullptr) return false;
  auto const at = parse_instant(*a);
  return at && at == parse_instant(*b);
}

// What a subscription is sold with and a PUT does not change may come back as it was read; any
// other value would do nothing.
Result<void> check_as_read(Call& call, SubscriptionDetails const& details) {
  static std::map<std::string_view, std::string_view> const how = {
      {"products", "give them within phases"},
      {"starts_at", "a subscription's start is fixed; use transitions"},
      {"initial_billing_at", "the first billing date is fixed; use transitions"},
      {"cancellation_strategy", "cancel it with the strategy"},
      {"cancellation_amount", "cancel it with the amount"},
      {"coupons", "give them within phases, or update the subscription"},
      {"status", "use the calls that change it"},
      {"paused_at", "pause it"},
      {"reactivate_at", "pause it with the date"}};
  std::set<std::string_view> sold = {"products",    "status",    "currency",
                                     "customer_id", "paused_at", "reactivate_at"};
  reflect::for_each_field_type<SubscriptionPayload>(
      [&](char const* name, auto) { sold.insert(name); });
  reflect::for_each_field_type<SubscriptionPut>([&](char const* name, auto) {
    std::string_view const field = name;
    if (field != "starts_at" && field != "initial_billing_at") sold.erase(field);
  });
  auto const read = parse_json(reflect::to_text(details));
  TB_ASSERT(read.has_value());
  if (call.body.as_object() == nullptr) return {};
  reflect::Problems problems;
  for (auto const& [name, value] : *call.body.as_object()) {
    if (!sold.contains(name)) continue;
    auto const* known = read->find(name);
    bool const empty = value.is_null() || (value.as_array() && value.as_array()->empty());
    if (known != nullptr ? is_as_read(value, *known) : empty) continue;
    auto const hint = how.find(name);
    problems.add(name, hint != how.end() ? std::string(hint->second)
                                         : "a PUT does not change it; use transitions");
  }
  if (problems.empty()) return {};
  return fail(problems.error());
}

Result<Reply> put(Call& call) {
  TB_TRY(body, read_body<SubscriptionPut>(call));
  TB_CHECK(check_put(body));
  if (auto known = call.work->records<Subscription>().find(call.id())) {
    auto const state = load_state(call.work->sql(), call.tenant, *std::move(known));
    auto const details = to_details(state);
    TB_CHECK(check_as_read(call, details));
    // What was computed stays so when it is put back.
    auto const as_computed = [](Patch<Exact>& sent, std::optional<Exact> const& given,
                                std::int64_t shown) {
      if (!given && sent.value == Exact(shown)) sent.present = false;
    };
    as_computed(body.estimated_arr, state.subscription.estimated_arr, details.estimated_arr);
    as_computed(body.contract_value, state.subscription.contract_value, details.contract_value);
  }
  if (body.invoice_schedule && !body.phases) {
    auto const known = call.work->records<Subscription>().find(call.id());
    if (known && known->invoice_schedule != body.invoice_schedule)
      return fail(errors::invalid_field(
          "invoice_schedule", "products keep the schedule they are sold with; give the phases"));
  }
  SubscriptionPutTerms terms;
  terms.header = [&](Subscription& subscription) { change_header(body, subscription); };
  terms.only_light = only_light(body);
  if (body.phases) {
    TB_CHECK(check_used(*body.phases));
    TB_TRY(phases, to_phases(*body.phases, body.invoice_schedule, call.services.ids));
    terms.phases = std::move(phases);
  }
  terms.sets_cancel_at = body.cancel_at.present;
  terms.cancel_at = body.cancel_at.value;
  if (body.contract_terms) {
    TB_TRY(contract, to_contract(*body.contract_terms));
    terms.contract_terms = std::move(contract);
  }
  TB_TRY(state, put_subscription(*call.work, SubscriptionId(call.id()), std::move(terms)));
  return reply_with(details_of(call, state));
}

SubscriptionUpdateV1 to_wire(SubscriptionUpdate const& update) {
  SubscriptionUpdateV1 wire;
  wire.id = update.id.value;
  wire.application_schedule = ApplicationScheduleV1::immediately;
  wire.apply_at = update.applied_at.value_or(update.created_at);
  wire.payment_schedule = update.payment_schedule;
  wire.calculation_method = update.calculation_method;
  wire.adjustment_amount = update.adjustment_amount;
  wire.subscription_id = update.subscription_id.value;
  wire.product_id = update.product_id;
  wire.previous_count = update.previous_count.value_or(Exact(0));
  wire.new_count = update.new_count.value_or(Exact(0));
  wire.next_refresh_date = update.next_refresh_date;
  return wire;
}

Result<Reply> refresh(Call& call) {
  TB_TRY(updates, refresh_seats(*call.work, SubscriptionId(call.id())));
  std::vector<SubscriptionUpdateV1> wire;
  for (auto const& update : updates) wire.push_back(to_wire(update));
  return reply_with(wire, 201);
}

Result<Reply> refresh_all(Call& call) {
  refresh_all_seats(*call.work);
  return Reply{200, "{}"};
}

}  // namespace change_routes

// A table: one route a line.
// clang-format off
void add_subscription_change_routes(Router& router) {
  using namespace change_routes;
  char const* const tag = "Subscriptions";
  char const* const scope = "subscriptions";
  router.add({"PUT", "/v2/subscriptions/{id}", tag, "Update a subscription", RouteKind::write, scope, 200, schema<SubscriptionPut>(), schema<SubscriptionDetails>(), {}, put});
  router.add({"POST", "/v1/subscriptions/{id}/update", tag, "Update one part of a subscription, now or at a date", RouteKind::write, scope, 201, schema<SubscriptionUpdateRequest>(), schema<SubscriptionUpdateRef>(), {}, update});
  router.add({"POST", "/v1/subscriptions/{id}/update-many", tag, "Apply several updates together", RouteKind::write, scope, 201, schema<SubscriptionUpdateManyRequest>(), schema<std::vector<SubscriptionUpdateRef>>(), {}, update_many});
  router.add({"POST", "/v1/subscriptions/{id}/simulate-updates", tag, "What updates would cost", RouteKind::write, scope, 200, schema<SubscriptionUpdateManyRequest>(), schema<SubscriptionSimulation>(), {}, simulate});
  router.add({"POST", "/v2/subscriptions/{id}/refresh-seat-products", tag, "Count the connected seats again", RouteKind::write, scope, 201, {}, schema<std::vector<SubscriptionUpdateV1>>(), {}, refresh});
  router.add({"POST", "/v1/subscriptions/refresh", tag, "Count the connected seats of every subscription again", RouteKind::write, scope, 200, {}, {}, {}, refresh_all});
  router.add({"POST", "/v1/subscriptions/{id}/pause", tag, "Pause a subscription, or plan its reactivation", RouteKind::write, scope, 200, schema<SubscriptionPauseBody>(), schema<SubscriptionDetails>(), {}, pause});
  router.add({"POST", "/v1/subscriptions/{id}/reactivate", tag, "Reactivate a paused or errored subscription", RouteKind::write, scope, 200, {}, schema<SubscriptionDetails>(), {}, reactivate});
  router.add({"POST", "/v1/subscriptions/{id}/reinstate", tag, "Take a cancellation back", RouteKind::write, scope, 200, {}, schema<SubscriptionDetails>(), {}, reinstate});
  router.add({"POST", "/v1/subscriptions/{id}/renew", tag, "Charge the periods up to a date now", RouteKind::write, scope, 200, schema<SubscriptionRenewBody>(), schema<SubscriptionDetails>(), {}, renew});
  router.add({"PUT", "/v1/subscriptions/{id}/engine", tag, "Bill a subscription here", RouteKind::write, scope, 200, schema<SubscriptionEngine>(), schema<SubscriptionDetails>(), {}, engine});
  router.add({"POST", "/v2/subscriptions/{id}/next-phase", "Subscriptions > Phases", "Move to the next phase", RouteKind::write, scope, 200, schema<SubscriptionNextPhaseBody>(), schema<SubscriptionDetails>(), {}, next_phase});
}
// clang-format on

}  // namespace tallybook::api
