// Versions of subscriptions: one replaces another.
#include "api/invoice/explanation.hpp"
#include "api/invoice/routes.hpp"
#include "api/subscription/change_wire.hpp"
#include "api/subscription/codec.hpp"
#include "api/subscription/plan_bodies.hpp"
#include "api/subscription/routes.hpp"
#include "api/subscription/template_bodies.hpp"
#include "app/subscription/transitions.hpp"

namespace tallybook::api {
namespace transition_routes {

std::optional<std::string> day_of(std::optional<Instant> const& at) {
  if (!at) return std::nullopt;
  return format_instant(*at);
}

SubscriptionTransitionV2 to_api(SubscriptionTransition const& transition) {
  SubscriptionTransitionV2 wire;
  wire.id = transition.id.value;
  wire.customer_id = transition.customer_id.value;
  wire.base_subscription_id = transition.base_subscription_id;
  wire.source_subscription_id = transition.source_subscription_id.value;
  if (transition.target_subscription_id)
    wire.target_subscription_id = transition.target_subscription_id->value;
  wire.status = transition.status;
  wire.name = transition.name;
  wire.transition_date = day_of(transition.transition_date);
  wire.transitioned_at = day_of(transition.transitioned_at);
  wire.application_schedule = transition.application_schedule;
  wire.billing_cycle_transition_method = transition.billing_cycle_transition_method;
  wire.calculation_method = transition.calculation_method;
  wire.created_at = transition.created_at;
  wire.updated_at = transition.updated_at;
  return wire;
}

// A moment, or a day of the source's time zone.
Result<std::optional<Instant>> moment_of(Call& call, SubscriptionTransitionCreate const& body) {
  if (!body.transition_date) return std::optional<Instant>{};
  auto at = parse_instant(*body.transition_date);
  auto const day = parse_date(*body.transition_date);
  if (!at && !day)
    return fail(errors::invalid_field("transition_date",
                                      "expected a date (2026-01-31) or a date-time in UTC"));
  if (!may_be_given(at.value_or(Instant{day.value_or(Date{}).days * 86'400'000LL})))
    return fail(errors::invalid_field("transition_date", may_not_be_given));
  if (at) return at;
  auto const source = call.work->records<Subscription>().find(body.source_subscription_id);
  auto const zone = source ? TimeZone::find(source->timezone).value_or(TimeZone()) : TimeZone();
  return std::optional<Instant>{zone.start_of(*day)};
}

Result<Reply> create(Call& call) {
  TB_TRY(body, read_body<SubscriptionTransitionCreate>(call));
  TB_TRY(at, moment_of(call, body));
  auto payload = body.target_subscription;
  auto const source = call.work->records<Subscription>().find(body.source_subscription_id);
  if (!source) return fail(errors::invalid_field("source_subscription_id", "no such subscription"));
  if (auto filled = fill_from_template(*call.work, source->customer_id, payload); !filled)
    return fail(in_target(std::move(filled).error()));
  if (auto filled = fill_from_plan(*call.work, payload, false); !filled)
    return fail(in_target(std::move(filled).error()));
  reflect::Problems problems;
  if (payload.starts_at)
    problems.add("target_subscription.starts_at",
                 "a version starts with its transition; give transition_date");
  if (payload.initial_billing_at)
    problems.add("target_subscription.initial_billing_at", "give it with the phase");
  if (!problems.empty()) return fail(problems.error());
  // However it says it begins, it begins with its transition.
  payload.activation_strategy.reset();
  if (!payload.phases || payload.phases->empty())
    payload.activation_strategy = ActivationStrategyV2::manually;
  auto target = to_command(payload, call.services.ids);
  if (!target) return fail(in_target(std::move(target).error()));
  NewTransition wanted;
  wanted.source = SubscriptionId(body.source_subscription_id);
  wanted.name = body.name;
  wanted.application_schedule = body.application_schedule;
  wanted.transition_date = at;
  wanted.cycle =
      body.billing_cycle_transition_method.value_or(CycleTransition::keep_current_billing_cycle);
  wanted.calculation = body.calculation_method.value_or(TransitionCalculation::pro_rata);
  wanted.refund_method = body.refund_method;
  wanted.target = *std::move(target);
  TB_TRY(transition, create_transition(*call.work, std::move(wanted)));
  return reply_with(to_api(transition), 201);
}

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {
      {"status",
       "status",
       FieldKind::choice,
       {"draft", "scheduled", "completed", "failed", "cancelled", "pending_quote_signature"}},
      {"source_subscription_id", "source_subscription_id"},
      {"base_subscription_id", "base_subscription_id"},
      {"target_subscription_id", "target_subscription_id"},
      {"transition_date", "transition_date", FieldKind::instant},
      {"transitioned_at", "transitioned_at", FieldKind::instant},
  };
  return list;
}

Result<Reply> list(Call& call) {
  return offset_list<SubscriptionTransition>(
      call, fields(), {},
      [](SubscriptionTransition const& each) { return reflect::to_text(to_api(each)); });
}

Result<Reply> get(Call& call) {
  auto const found = Records<SubscriptionTransition>(*call.sql, call.tenant).find(call.id());
  if (!found) return fail(errors::not_found("Transition"));
  return reply_with(to_api(*found));
}

Result<Reply> cancel(Call& call) {
  TB_TRY(transition, cancel_transition(*call.work, TransitionId(call.id())));
  return reply_with(to_api(transition));
}

Result<Reply> preview(Call& call) {
  bool const explained = call.query.boolean("explain", false);
  TB_CHECK(call.query.check());
  TB_TRY(body, read_body<SubscriptionTransitionPreviewRequest>(call));
  TB_TRY(found, preview_transition(*call.work, TransitionId(body.transition_id)));
  SubscriptionTransitionPreviewExplained wire;
  wire.transition_id = body.transition_id;
  for (auto const& document : found.documents)
    wire.invoices.push_back({invoice_json(document.invoice, document.lines)});
  if (!explained) return reply_with<SubscriptionTransitionPreview>(wire);
  for (auto const& explanation : found.explanations)
    wire.explanations.push_back({explanation_json(explanation)});
  return reply_with(wire);
}

}  // namespace transition_routes

// A table: one route a line.
// clang-format off
void add_transition_routes(Router& router) {
  using namespace transition_routes;
  char const* const tag = "Subscriptions > Transitions";
  char const* const scope = "subscriptions";
  router.add({"POST", "/v2/subscriptions/transitions", tag, "Replace a subscription by another version", RouteKind::write, scope, 201, schema<SubscriptionTransitionCreate>(), schema<SubscriptionTransitionV2>(), {}, create});
  router.add({"GET", "/v2/subscriptions/transitions", tag, "List transitions", RouteKind::read, scope, 200, {}, offset_schema<SubscriptionTransitionV2>(), offset_parameters(fields()), list});
  router.add({"GET", "/v2/subscriptions/transitions/{id}", tag, "Get a transition", RouteKind::read, scope, 200, {}, schema<SubscriptionTransitionV2>(), {}, get});
  router.add({"POST", "/v2/subscriptions/transitions/{id}/cancel", tag, "Cancel a planned transition", RouteKind::write, scope, 200, {}, schema<SubscriptionTransitionV2>(), {}, cancel});
  router.add({"POST", "/v2/subscriptions/transitions/preview", tag, "What a planned transition would invoice", RouteKind::write, scope, 200, schema<SubscriptionTransitionPreviewRequest>(), schema<SubscriptionTransitionPreview>(), {}, preview});
}
// clang-format on

}  // namespace tallybook::api
