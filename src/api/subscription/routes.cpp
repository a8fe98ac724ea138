#include "api/subscription/routes.hpp"

#include "api/invoice/explanation.hpp"
#include "api/subscription/codec.hpp"
#include "api/subscription/plan_bodies.hpp"
#include "api/subscription/template_bodies.hpp"
#include "api/subscription/timeline_wire.hpp"
#include "app/subscription/live_billing.hpp"
#include "app/subscription/running_period.hpp"
#include "app/subscription/timeline.hpp"

namespace tallybook::api {
namespace subscription_routes {

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {
      {"id", "id"},
      {"currency", "currency", FieldKind::choice, currency_codes()},
      {"customer_id", "customer_id"},
      {"invoicing_entity_id", "invoicing_entity_id"},
      {"purchase_order", "purchase_order"},
      {"crm_opportunity_id", "crm_opportunity_id"},
      {"activation_strategy",
       "activation_strategy",
       FieldKind::choice,
       {"start_date", "manually", "checkout", "quote"}},
      {"created_at", "created_at", FieldKind::instant},
      {"updated_at", "updated_at", FieldKind::instant},
      {"starts_at", "starts_at", FieldKind::instant},
      {"cancel_at", "cancel_at", FieldKind::instant},
  };
  return list;
}

std::vector<std::string> const& statuses() {
  static std::vector<std::string> const list = {"active",    "pending", "paused", "errored",
                                                "cancelled", "draft",   "voided", "archived"};
  return list;
}

// Without a filter and with all: no draft, voided, cancelled, archived; any shows everything.
Condition visible(Query& query) {
  Condition condition;
  char const* const usual = "status NOT IN ('draft', 'voided', 'cancelled', 'archived')";
  auto const* status = query.find("status");
  if (status != nullptr && !status->empty()) {
    auto options = statuses();
    options.insert(options.end(), {"inactive", "all", "any"});
    auto const chosen = query.option("status", options);
    if (!chosen) return condition;
    if (*chosen == "inactive")
      condition.add("status IN ('pending', 'paused')");
    else if (*chosen == "all")
      condition.add(usual);
    else if (*chosen != "any")
      condition.add("status = ?", {*chosen});
    return condition;
  }
  bool operated = false;
  for (auto const& item : query.items()) operated = operated || item.first.starts_with("status__");
  if (operated) {
    add_filters(query, {{"status", "status", FieldKind::choice, statuses()}}, condition);
  } else {
    condition.add(usual);
  }
  return condition;
}

Result<SubscriptionState> state_of(Call& call) {
  auto subscription = Records<Subscription>(*call.sql, call.tenant).find(call.id());
  if (!subscription) return fail(errors::not_found("Subscription"));
  return load_state(*call.sql, call.tenant, *std::move(subscription));
}

Result<Reply> list(Call& call) {
  auto const condition = visible(call.query);
  return offset_list<Subscription>(call, fields(), condition, [&](Subscription subscription) {
    auto state = load_state(*call.sql, call.tenant, std::move(subscription));
    foresee(call, state);
    return reflect::to_text(to_item(state.subscription, state.lines));
  });
}

Result<Reply> get(Call& call) {
  bool const live = call.query.boolean("include_live_billing", false);
  bool const explained = live && call.query.boolean("explain", false);
  TB_CHECK(call.query.check());
  TB_TRY(state, state_of(call));
  auto details = details_of(call, state);
  if (live && !call.must_rehearse) {
    UnitOfWork now(call.services, *call.sql, call.tenant,
                   tenant_now(*call.sql, call.tenant, call.services.clock));
    auto const billing = live_billing(now, state, explained);
    details.live_billing = to_api(billing);
    if (billing.explanation)
      details.live_billing->explanation.text = explanation_json(*billing.explanation);
  }
  return reply_with(details);
}

Result<Reply> timeline(Call& call) {
  auto const starts_at = call.query.instant("starts_at");
  auto const most = call.query.number("max_events", 12, 1, 100);
  bool const explained = call.query.boolean("explain", false);
  TB_CHECK(call.query.check());
  if (starts_at && !may_be_given(*starts_at))
    return fail(errors::invalid_field("starts_at", may_not_be_given));
  TB_TRY(ahead, preview_timeline(call.services, call.tenant, SubscriptionId(call.id()), starts_at,
                                 static_cast<std::size_t>(most), std::nullopt, explained));
  std::string const stop(reflect::enum_name(ahead.stop_reason));
  SubscriptionTimelineV1 plain{{}, stop};
  SubscriptionTimelineExplained wire{{}, stop};
  for (auto const& event : ahead.events) {
    TimelineEventV1 shown{event.type, event.at, {}};
    for (auto const& document : event.invoices)
      shown.invoices.push_back({call.services.snapshots.invoice(document.invoice, document.lines)});
    if (!explained) {
      plain.events.push_back(std::move(shown));
      continue;
    }
    auto& told = wire.events.emplace_back();
    static_cast<TimelineEventV1&>(told) = std::move(shown);
    for (auto const& explanation : event.explanations)
      told.explanations.push_back({explanation_json(explanation)});
  }
  return explained ? reply_with(wire) : reply_with(plain);
}

// Problems of what was sent by an older name.
Error by_older_names(Error error, Value const& sent) {
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"trial.ends_at", "trial_ends_at"},
      {"contract_terms.renew_for_duration", "renew_for"},
      {"contract_terms.duration", "commitment_interval"},
      {"contract_terms.starts_at", "contract_start"},
      {"contract_terms.ends_at", "contract_end"}};
  return errors::renamed(std::move(error), [&](std::string const& field) {
    for (auto const& [ours, older] : names) {
      bool const newer = sent.find(ours.substr(0, ours.find('.'))) != nullptr;
      if (field.starts_with(ours) && !newer && sent.find(older) != nullptr)
        return std::string(older) + field.substr(ours.size());
    }
    return field;
  });
}

Result<Reply> create(Call& call) {
  TB_TRY(body, read_body<SubscriptionCreate>(call));
  TB_CHECK(fill_from_template(*call.work, CustomerId(body.customer_id), body));
  TB_CHECK(fill_from_plan(*call.work, body, true));
  auto made = [&]() -> Result<SubscriptionState> {
    TB_TRY(wanted, to_command(body, call.services.ids));
    wanted.subscription.customer_id = CustomerId(body.customer_id);
    return create_subscription(*call.work, std::move(wanted));
  }();
  if (!made) return fail(by_older_names(std::move(made).error(), call.body));
  auto state = *std::move(made);
  return reply_with(details_of(call, state), 201);
}

Result<Reply> activate(Call& call) {
  TB_TRY(state, activate_subscription(*call.work, SubscriptionId(call.id())));
  return reply_with(details_of(call, state));
}

Result<Reply> cancel(Call& call) {
  TB_TRY(body, read_body<SubscriptionCancel>(call));
  CancelTerms terms;
  terms.cancel_at = body.cancel_at;
  terms.reason = body.reason ? body.reason : body.cancellation_reason;
  terms.amount = body.cancellation_amount;
  terms.refund_method = body.refund_method;
  if (body.pro_rata)
    terms.strategy =
        *body.pro_rata ? CancellationStrategy::refund_prorata : CancellationStrategy::do_nothing;
  if (body.cancellation_strategy) {
    if (body.pro_rata.value_or(false) &&
        *body.cancellation_strategy != CancellationStrategy::refund_prorata) {
      return fail(errors::invalid_field("pro_rata", "contradicts cancellation_strategy"));
    }
    terms.strategy = *body.cancellation_strategy;
  }
  TB_TRY(state, cancel_subscription(*call.work, SubscriptionId(call.id()), terms));
  return reply_with(details_of(call, state));
}

Result<Reply> list_phases(Call& call) {
  OffsetPage const page = offset_page(call.query);
  TB_CHECK(call.query.check());
  TB_TRY(state, state_of(call));
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  std::vector<std::string> rows;
  for (std::int64_t i = page.skip;
       i < static_cast<std::int64_t>(state.phases.size()) && i < page.skip + page.take; ++i) {
    rows.push_back(reflect::to_text(to_api(state.phases[static_cast<std::size_t>(i)], state.lines,
                                           state.subscription.coupons, zone)));
  }
  return Reply{200, offset_envelope(static_cast<std::int64_t>(state.phases.size()),
                                    static_cast<std::int64_t>(rows.size()), page.skip, rows)};
}

Result<Reply> get_phase(Call& call) {
  TB_TRY(state, state_of(call));
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  for (auto const& phase : state.phases) {
    if (phase.id.value == call.id("phase_id"))
      return reply_with(to_api(phase, state.lines, state.subscription.coupons, zone));
  }
  return fail(errors::not_found("Phase"));
}

}  // namespace subscription_routes

// A table: one route a line.
// clang-format off
void add_subscription_routes(Router& router) {
  using namespace subscription_routes;
  char const* const tag = "Subscriptions";
  char const* const scope = "subscriptions";
  auto parameters = offset_parameters(fields());
  parameters.push_back({"status", "one status, inactive, all or any"});
  parameters.push_back({"status__in", "filter: in"});
  parameters.push_back({"status__notIn", "filter: notIn"});
  router.add({"GET", "/v2/subscriptions", tag, "List subscriptions", RouteKind::read, scope, 200, {}, offset_schema<SubscriptionItem>(), parameters, list});
  router.add({"POST", "/v2/subscriptions", tag, "Create a subscription", RouteKind::write, scope, 201, schema<SubscriptionCreate>(), schema<SubscriptionDetails>(), {}, create});
  router.add({"GET", "/v2/subscriptions/{id}", tag, "Get a subscription", RouteKind::read, scope, 200, {}, schema<SubscriptionDetails>(), {{"include_live_billing", "true: what the running periods come to as of now"}, {"explain", "true: with how every amount of the live billing came about (extension)"}}, get});
  router.add({"GET", "/v1/subscriptions/{id}/preview-timeline", tag, "What lies ahead, with the documents it would make", RouteKind::free, scope, 200, {}, schema<SubscriptionTimelineV1>(), {{"starts_at", "assumed start of one that has none yet"}, {"max_events", "1 to 100; 12 when absent"}, {"explain", "true: with how every amount came about, as explanations of each event (extension)"}}, timeline});
  router.add({"POST", "/v1/subscriptions/{id}/activate", tag, "Activate a pending subscription", RouteKind::write, scope, 200, {}, schema<SubscriptionDetails>(), {}, activate});
  router.add({"POST", "/v1/subscriptions/{id}/cancel", tag, "Cancel a subscription now or at a date", RouteKind::write, scope, 200, schema<SubscriptionCancel>(), schema<SubscriptionDetails>(), {}, cancel});
  router.add({"GET", "/v2/subscriptions/{id}/phases", "Subscriptions > Phases", "List the phases", RouteKind::read, scope, 200, {}, offset_schema<SubscriptionPhaseV2>(), {}, list_phases});
  router.add({"GET", "/v2/subscriptions/{id}/phases/{phase_id}", "Subscriptions > Phases", "Get a phase", RouteKind::read, scope, 200, {}, schema<SubscriptionPhaseV2>(), {}, get_phase});
}
// clang-format on

}  // namespace tallybook::api
