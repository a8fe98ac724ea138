// Subscription templates and their configurations.
#include <algorithm>
#include <set>

#include "api/catalogue/codec.hpp"
#include "api/catalogue/price_groups.hpp"
#include "api/subscription/change_wire.hpp"
#include "api/subscription/codec.hpp"
#include "api/subscription/routes.hpp"
#include "api/subscription/template_bodies.hpp"
#include "app/customer/customers.hpp"
#include "app/subscription/template_terms.hpp"
#include "base/assert.hpp"

namespace tallybook::api {
namespace template_routes {

TemplateConfigurationWrite body_of(TemplateConfiguration const& configuration) {
  auto const value = parse_json(configuration.body.text);
  TB_ASSERT(value.has_value());
  reflect::StoredNumbers const exact;
  auto body = reflect::from_value<TemplateConfigurationWrite>(*value);
  TB_ASSERT(body.has_value());
  return *std::move(body);
}

std::vector<TemplateConfiguration> configurations_of(SqlSession& sql, Tenant const& tenant,
                                                     TemplateId const& id) {
  return Records<TemplateConfiguration>(sql, tenant)
      .where("template_id = ? ORDER BY created_at, id", {id.value});
}

// What it is sold as; the product says what the template leaves out.
SubscriptionLine line_of(NewLine const& sold, SqlSession& sql, Tenant const& tenant) {
  SubscriptionLine line;
  line.product_id = sold.product_id;
  if (auto const product = Records<Product>(sql, tenant).find(sold.product_id.value)) {
    line.type = product->type;
    line.name = product->name;
    line.description = product->public_description;
    line.unit_name = product->unit_name;
    line.aggregator_id = product->aggregator_id;
    line.description_display_interval_dates = product->description_display_interval_dates;
    line.credits_grant_mode = product->credits_grant_mode;
  }
  if (sold.name) line.name = *sold.name;
  if (sold.description) line.description = sold.description;
  if (sold.unit_name) line.unit_name = sold.unit_name;
  if (sold.description_display_interval_dates) line.description_display_interval_dates = true;
  line.payment_interval = sold.payment_interval.value_or(Interval{WirePeriod::months, 1});
  line.payment_schedule = sold.payment_schedule.value_or(
      line.type == ProductType::dynamic ? PaymentSchedule::end : PaymentSchedule::start);
  line.price_type = sold.price_type.value_or(PriceType::fee);
  line.prices = sold.prices;
  line.price_groups = sold.price_groups;
  line.group_by = sold.group_by;
  line.price_options = sold.price_options;
  bool const credits = line.type == ProductType::credit && !line.prices.empty();
  line.count = sold.count.value_or(credits ? line.prices.front().pack_size : Exact(1));
  line.min_committed_count = sold.min_committed_count;
  line.min_amount = sold.min_amount;
  line.max_amount = sold.max_amount;
  line.metering_interval_type =
      sold.metering_interval_type.value_or(MeteringIntervalType::payment_interval);
  line.metering_interval = sold.metering_interval;
  line.metering_interval_start_at = sold.metering_interval_start_at;
  line.bill_usage_difference = sold.bill_usage_difference;
  line.credits_expiration_in_days = sold.credits_expiration_in_days;
  line.expire_credits_at_end_of_period = sold.expire_credits_at_end_of_period.value_or(false);
  line.seat_refresh = sold.seat_refresh;
  return line;
}

// The phases as a subscription of it would have them, before it starts.
Result<TemplateConfigurationV1> to_api(TemplateConfiguration const& configuration, SqlSession& sql,
                                       Tenant const& tenant, Services& services) {
  auto const body = body_of(configuration);
  TemplateConfigurationV1 wire;
  wire.id = configuration.id.value;
  wire.currency = configuration.currency;
  wire.country = configuration.country;
  TB_TRY(phases, to_phases(body.phases, {}, services.ids));
  for (std::size_t i = 0; i < phases.size(); ++i) {
    auto& phase = phases[i].phase;
    phase.position = static_cast<int>(i);
    phase.created_at = configuration.created_at;
    phase.updated_at = configuration.updated_at;
    phase.id = PhaseId("sup_" + configuration.id.value.substr(6) + std::to_string(i));
    std::vector<SubscriptionLine> lines;
    for (auto const& each : phases[i].lines) {
      auto line = line_of(each, sql, tenant);
      line.phase_id = phase.id;
      line.attached_at = configuration.created_at;
      lines.push_back(std::move(line));
    }
    wire.phases.push_back(api::to_api(phase, lines, {}, TimeZone()));
  }
  if (body.contract_terms) wire.contract_terms = terms_as_given(*body.contract_terms);
  wire.name = body.name;
  wire.minimum_invoice_fee = body.minimum_invoice_fee;
  wire.cancel_at = body.cancel_at;
  wire.generate_document = body.generate_document.value_or(false);
  wire.document_name = body.document_name;
  wire.add_tax_to_document = body.add_tax_to_document.value_or(true);
  wire.generate_draft_invoices = body.generate_draft_invoices.value_or(false);
  return wire;
}

Result<SubscriptionTemplateV1> to_api(SubscriptionTemplate const& of, SqlSession& sql,
                                      Tenant const& tenant, Services& services) {
  SubscriptionTemplateV1 wire{of.id.value, of.name,       of.description,
                              {},          of.created_at, of.updated_at};
  for (auto const& configuration : configurations_of(sql, tenant, of.id)) {
    TB_TRY(each, to_api(configuration, sql, tenant, services));
    wire.configurations.push_back(std::move(each));
  }
  return wire;
}

Result<SubscriptionTemplate> found(UnitOfWork& work, std::string const& id) {
  auto of = work.records<SubscriptionTemplate>().find_for_update(id);
  if (!of) return fail(errors::not_found("Template"));
  return *std::move(of);
}

// What a template sells is written on its own: here it would be lost.
Result<void> check_template(SubscriptionTemplateWrite const& body, Value const& given) {
  if (auto const* configurations = given.find("configurations");
      configurations != nullptr && !configurations->is_null())
    return fail(errors::invalid_field(
        "configurations", "written one by one: /v1/subscriptions/templates/{id}/configurations"));
  if (body.name.empty() || body.name.size() > 255)
    return fail(errors::invalid_field("name", "expected 1 to 255 characters"));
  return {};
}

Result<Reply> list(Call& call) {
  return offset_list<SubscriptionTemplate>(call, {}, {}, [&](SubscriptionTemplate const& of) {
    SubscriptionTemplateSummary wire{of.id.value, of.name,       of.description,
                                     {},          of.created_at, of.updated_at};
    for (auto const& each : configurations_of(*call.sql, call.tenant, of.id))
      wire.configurations.push_back({each.id.value});
    return reflect::to_text(wire);
  });
}

Result<Reply> get(Call& call) {
  auto const of = Records<SubscriptionTemplate>(*call.sql, call.tenant).find(call.id());
  if (!of) return fail(errors::not_found("Template"));
  TB_TRY(wire, to_api(*of, *call.sql, call.tenant, call.services));
  return reply_with(wire);
}

Result<Reply> create(Call& call) {
  TB_TRY(body, read_body<SubscriptionTemplateWrite>(call));
  TB_CHECK(check_template(body, call.body));
  auto& work = *call.work;
  SubscriptionTemplate of{work.new_id<TemplateTag>(), body.name, body.description.value, work.now(),
                          work.now()};
  work.records<SubscriptionTemplate>().insert(of);
  TB_TRY(wire, to_api(of, work.sql(), call.tenant, call.services));
  return reply_with(wire, 201);
}

Result<Reply> put(Call& call) {
  TB_TRY(body, read_body<SubscriptionTemplateWrite>(call));
  TB_CHECK(check_template(body, call.body));
  auto& work = *call.work;
  TB_TRY(of, found(work, call.id()));
  of.name = body.name;
  body.description.apply(of.description);
  of.updated_at = work.now();
  work.records<SubscriptionTemplate>().update(of);
  TB_TRY(wire, to_api(of, work.sql(), call.tenant, call.services));
  return reply_with(wire);
}

Result<Reply> erase(Call& call) {
  TB_TRY(of, found(*call.work, call.id()));
  call.work->sql().execute(
      "DELETE FROM template_configurations WHERE account_id = ? AND mode = ? AND template_id = ?",
      {call.tenant.account_id, std::string(mode_text(call.tenant.mode)), of.id.value});
  call.work->records<SubscriptionTemplate>().erase(of.id.value);
  return no_content();
}

// "phases[2]": 2.
std::size_t index_of(std::string const& path) {
  return static_cast<std::size_t>(std::stoul(path.substr(path.find('[') + 1)));
}

// The catalogue's prices of now, where it has none of its own: later changes of the catalogue do
// not reach what the template sells (PRD-5).
void copy_prices(SubscriptionProductInput& input, SubscriptionLine const& line) {
  if (input.price || (input.prices && !input.prices->empty())) return;
  input.prices = api::to_api(line.prices, line.price_type);
  input.payment_interval = line.payment_interval;
  if (!line.price_groups.empty())
    input.price_groups = api::to_api(line.price_groups, line.price_type);
  input.group_by = line.group_by;
  if (line.price_options) input.price_options = api::to_api(*line.price_options, line.price_type);
}

// Everything a subscription of it would refuse is refused here. What is kept has its prices.
Result<JsonText> checked_configuration(UnitOfWork& work, TemplateConfigurationWrite body,
                                       Value const& given,
                                       TemplateConfiguration const& configuration) {
  reflect::Problems problems;
  std::set<std::string_view> known = {"id"};  // of a configuration that was read and is put back
  reflect::for_each_field(body, [&](char const* name, auto const&) { known.insert(name); });
  for (auto const& [key, value] : *given.as_object()) {
    if (!known.contains(key) && !value.is_null())
      problems.add(key, "not a field of a template's configuration");
  }
  ContractTerms contract;
  if (body.contract_terms) {
    TB_TRY(terms, to_contract(*body.contract_terms));
    contract = terms;
  }
  if (!Currency::parse(body.currency)) problems.add("currency", "expected an ISO 4217 code");
  if (body.country && !is_country_code(*body.country))
    problems.add("country", "expected an ISO 3166 code of two letters");
  if (body.phases.empty()) problems.add("phases", "expected at least one phase");
  if (body.custom_properties && !body.custom_properties->empty())
    problems.add("custom_properties", "no such custom property");
  if (!problems.empty()) return fail(problems.error());
  TB_CHECK(check_used(body.phases));
  TB_TRY(phases, to_phases(body.phases, {}, work.services().ids));
  TB_TRY(sold, template_lines(work, phases, contract, body.currency, body.country));
  auto const same = work.records<TemplateConfiguration>().first(
      "template_id = ? AND currency = ? AND COALESCE(country, '') = ? AND id <> ?",
      {configuration.template_id.value, body.currency, body.country.value_or(""),
       configuration.id.value});
  if (same)
    return fail(errors::conflict("The template has a configuration for " + body.currency + " in " +
                                 body.country.value_or("every country") + " already"));
  // The phases are in their order, the inputs as they were listed: told apart by their path.
  for (std::size_t i = 0; i < phases.size(); ++i) {
    auto& input = body.phases[index_of(phases[i].path)];
    for (std::size_t k = 0; k < sold[i].size(); ++k) copy_prices(input.products[k], sold[i][k]);
  }
  reflect::StoredNumbers const exact;
  return JsonText{reflect::to_text(body)};
}

Result<Reply> add_configuration(Call& call) {
  TB_TRY(body, read_body<TemplateConfigurationWrite>(call));
  auto& work = *call.work;
  TB_TRY(of, found(work, call.id()));
  TemplateConfiguration configuration{work.new_id<TemplateConfigurationTag>(),
                                      of.id,
                                      body.currency,
                                      body.country,
                                      {},
                                      work.now(),
                                      work.now()};
  TB_TRY(kept, checked_configuration(work, body, call.body, configuration));
  configuration.body = kept;
  work.records<TemplateConfiguration>().insert(configuration);
  return reply_with(TemplateConfigurationRef{configuration.id.value}, 201);
}

Result<TemplateConfiguration> found_configuration(Call& call) {
  auto configuration = call.work->records<TemplateConfiguration>().find_for_update(call.id());
  if (!configuration || configuration->template_id.value != call.id("template_id"))
    return fail(errors::not_found("Configuration"));
  return *std::move(configuration);
}

Result<Reply> put_configuration(Call& call) {
  TB_TRY(body, read_body<TemplateConfigurationWrite>(call));
  TB_TRY(configuration, found_configuration(call));
  TB_TRY(kept, checked_configuration(*call.work, body, call.body, configuration));
  configuration.currency = body.currency;
  configuration.country = body.country;
  configuration.body = kept;
  configuration.updated_at = call.work->now();
  call.work->records<TemplateConfiguration>().update(configuration);
  return reply_with(TemplateConfigurationRef{configuration.id.value});
}

Result<Reply> erase_configuration(Call& call) {
  TB_TRY(configuration, found_configuration(call));
  call.work->records<TemplateConfiguration>().erase(configuration.id.value);
  return no_content();
}

std::optional<TemplateConfiguration> resolve(std::vector<TemplateConfiguration> const& all,
                                             Customer const& customer) {
  std::optional<TemplateConfiguration> best;
  for (auto const& each : all) {
    if (each.currency != customer.currency) continue;
    if (each.country && each.country != customer.country) continue;
    if (!best || each.country) best = each;
  }
  return best;
}

}  // namespace template_routes

Result<void> fill_from_template(UnitOfWork& work, CustomerId const& customer_id,
                                SubscriptionPayload& payload) {
  if (!payload.template_id) {
    if (!payload.template_configuration_id) return {};
    return fail(errors::invalid_field("template_configuration_id", "needs template_id"));
  }
  auto const of = work.records<SubscriptionTemplate>().find(*payload.template_id);
  if (!of) return fail(errors::invalid_field("template_id", "no such template"));
  bool const own = (payload.products && !payload.products->empty()) ||
                   (payload.phases && !payload.phases->empty());
  auto const customer = work.records<Customer>().find(customer_id.value);
  if (!customer) return fail(errors::invalid_field("customer_id", "no such customer"));
  auto const all = template_routes::configurations_of(work.sql(), work.tenant(), of->id);
  std::optional<TemplateConfiguration> chosen;
  if (payload.template_configuration_id) {
    for (auto const& each : all) {
      if (each.id.value == *payload.template_configuration_id) chosen = each;
    }
    if (!chosen)
      return fail(errors::invalid_field("template_configuration_id",
                                        "the template has no such configuration"));
    if (chosen->currency != customer->currency)
      return fail(errors::invalid_field("template_configuration_id",
                                        "is in " + chosen->currency + ", the customer in " +
                                            customer->currency.value_or("none")));
  } else if (!own) {
    chosen = template_routes::resolve(all, *customer);
    if (!chosen)
      return fail(errors::invalid_field(
          "template_id", "the template has no configuration for " +
                             customer->currency.value_or("a customer without currency")));
  }
  if (own || !chosen) return {};
  auto const body = template_routes::body_of(*chosen);
  payload.template_configuration_id = chosen->id.value;
  payload.phases = body.phases;
  // How it begins is for whoever subscribes to say.
  if (payload.activation_strategy && !payload.phases->empty()) {
    auto const order = [](SubscriptionPhaseInput const& phase) { return phase.order.value_or(0); };
    std::ranges::min_element(*payload.phases, {}, order)->activation_strategy.reset();
  }
  auto const keep = [](auto& target, auto const& from) {
    if (!target && from) target = from;
  };
  keep(payload.contract_terms, body.contract_terms);
  keep(payload.name, body.name);
  keep(payload.minimum_invoice_fee, body.minimum_invoice_fee);
  keep(payload.cancel_at, body.cancel_at);
  keep(payload.generate_document, body.generate_document);
  keep(payload.document_name, body.document_name);
  keep(payload.add_tax_to_document, body.add_tax_to_document);
  keep(payload.generate_draft_invoices, body.generate_draft_invoices);
  return {};
}

// A table: one route a line.
// clang-format off
void add_template_routes(Router& router) {
  using namespace template_routes;
  char const* const tag = "Subscriptions > Templates";
  char const* const scope = "subscriptions";
  router.add({"GET", "/v1/subscriptions/templates", tag, "List templates", RouteKind::read, scope, 200, {}, offset_schema<SubscriptionTemplateSummary>(), offset_parameters({}), list});
  router.add({"POST", "/v1/subscriptions/templates", tag, "Create a template", RouteKind::write, scope, 201, schema<SubscriptionTemplateWrite>(), schema<SubscriptionTemplateV1>(), {}, create});
  router.add({"GET", "/v1/subscriptions/templates/{id}", tag, "Get a template", RouteKind::read, scope, 200, {}, schema<SubscriptionTemplateV1>(), {}, get});
  router.add({"PUT", "/v1/subscriptions/templates/{id}", tag, "Rename a template", RouteKind::write, scope, 200, schema<SubscriptionTemplateWrite>(), schema<SubscriptionTemplateV1>(), {}, put});
  router.add({"DELETE", "/v1/subscriptions/templates/{id}", tag, "Delete a template", RouteKind::write, scope, 204, {}, {}, {}, erase});
  router.add({"POST", "/v1/subscriptions/templates/{id}/configurations", tag, "Add what a template sells in a currency and country", RouteKind::write, scope, 201, schema<TemplateConfigurationWrite>(), schema<TemplateConfigurationRef>(), {}, add_configuration});
  router.add({"PUT", "/v1/subscriptions/templates/{template_id}/configurations/{id}", tag, "Replace a configuration", RouteKind::write, scope, 200, schema<TemplateConfigurationWrite>(), schema<TemplateConfigurationRef>(), {}, put_configuration});
  router.add({"DELETE", "/v1/subscriptions/templates/{template_id}/configurations/{id}", tag, "Delete a configuration", RouteKind::write, scope, 204, {}, {}, {}, erase_configuration});
}
// clang-format on

}  // namespace tallybook::api
