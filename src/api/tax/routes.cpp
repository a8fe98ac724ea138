#include "api/tax/routes.hpp"

#include "api/protocol/reply.hpp"
#include "api/tax/wire.hpp"
#include "app/tax/tax_rates.hpp"
#include "app/tax/taxes.hpp"

namespace tallybook::api {
namespace tax_routes {

TaxRateV1 to_api(TaxRate const& rate) {
  return {rate.id.value, rate.name,        rate.rate,
          rate.country,  rate.description, rate.invoicing_entity_id};
}

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {{"id", "id"},
                                                {"name", "name"},
                                                {"description", "description"},
                                                {"invoicing_entity_id", "invoicing_entity_id"}};
  return list;
}

Result<Reply> list(Call& call) {
  return offset_list<TaxRate>(call, fields(), {},
                              [](TaxRate const& rate) { return reflect::to_text(to_api(rate)); });
}

Result<Reply> get(Call& call) {
  auto const rate = Records<TaxRate>(*call.sql, call.tenant).find(call.id());
  if (!rate) return fail(errors::not_found("Tax rate"));
  return reply_with(to_api(*rate));
}

Result<Reply> create(Call& call) {
  TB_TRY(write, read_body<TaxRateWrite>(call));
  TaxRate rate;
  rate.name = write.name;
  rate.rate = write.rate;
  rate.country = write.country;
  rate.description = write.description;
  rate.invoicing_entity_id = write.invoicing_entity_id;
  TB_TRY(created, create_tax_rate(*call.work, std::move(rate)));
  return reply_with(to_api(created), 201);
}

// A product at the standard rate, issued now. With an external engine only what needs no engine is
// known before there is a document: the list is empty then.
Result<Reply> of_customer(Call& call) {
  auto const customer = Records<Customer>(*call.sql, call.tenant).find(call.id());
  if (!customer || customer->deleted_at) return fail(errors::not_found("Customer"));
  auto const entity =
      Records<InvoicingEntity>(*call.sql, call.tenant).find(customer->invoicing_entity_id.value);
  if (!entity) return fail(errors::not_found("Invoicing entity"));
  auto const zone = TimeZone::find(entity->timezone).value_or(TimeZone());
  Instant const now = tenant_now(*call.sql, call.tenant, call.services.clock);
  auto question = tax_question(*entity, *customer, zone.date_of(now));
  std::vector<CustomerTaxRate> rates;
  bool const decided = question.taxability == Taxability::exempt || question.customer_rate;
  if (question.engine != TaxEngineKind::external || decided) {
    if (decided) question.engine = TaxEngineKind::manual;
    auto const decision = decide_tax(question, VatRates::built_in());
    rates.push_back({decision.scheme, decision.rate});
  }
  return reply_with(rates);
}

SchemaOf customer_rates_schema() {
  return [](reflect::Schemas& schemas) {
    Value array;
    array["type"] = "array";
    array["items"] = schemas.of<CustomerTaxRate>();
    return array;
  };
}

}  // namespace tax_routes

// A table: one route a line.
// clang-format off
void add_tax_routes(Router& router) {
  using namespace tax_routes;
  char const* const tag = "Taxes";
  router.add({"GET", "/v1/taxes/rates", tag, "List tax rates", RouteKind::read, "taxes", 200, {}, offset_schema<TaxRateV1>(), offset_parameters(fields()), list});
  router.add({"GET", "/v1/taxes/rates/{id}", tag, "Get a tax rate", RouteKind::read, "taxes", 200, {}, schema<TaxRateV1>(), {}, get});
  router.add({"POST", "/v1/taxes/rates", tag, "Create a tax rate", RouteKind::write, "taxes", 201, schema<TaxRateWrite>(), schema<TaxRateV1>(), {}, create});
  router.add({"GET", "/v1/customers/{id}/taxes/rates", "Customers", "The tax a customer would be charged today", RouteKind::read, "customers", 200, {}, customer_rates_schema(), {}, of_customer});
}
// clang-format on

}  // namespace tallybook::api
