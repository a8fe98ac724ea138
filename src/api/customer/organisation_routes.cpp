// Organisations: customers that others belong to; their settings for invoices.
#include "api/customer/codec.hpp"
#include "api/customer/routes.hpp"
#include "app/customer/organisations.hpp"

namespace tallybook::api {
namespace organisation_routes {

Reply shown(Call& call, Customer const& customer) {
  Organisation wire;
  wire.id = customer.id.value;
  wire.name = customer.name;
  wire.currency = customer.currency;
  wire.country = customer.country;
  wire.invoice_schedule = customer.organisation_schedule;
  wire.next_invoice_at = customer.organisation_next_invoice_at;
  for (auto const& child : children_of(*call.sql, call.tenant, customer.id))
    wire.child_customer_ids.push_back(child.value);
  return reply_with(wire);
}

Result<Reply> get(Call& call) {
  auto const customer = Records<Customer>(*call.sql, call.tenant).find(call.id());
  if (!customer || customer->deleted_at) return fail(errors::not_found("Organisation"));
  return shown(call, *customer);
}

// Nothing of an organisation can be cleared.
template <class T>
std::optional<T> sent(reflect::Problems& problems, char const* field, Patch<T> const& patch) {
  if (patch.present && !patch.value) problems.add(field, "expected a value");
  return patch.value;
}

Result<Reply> update(Call& call) {
  TB_TRY(write, read_body<OrganisationUpdate>(call));
  reflect::Problems problems;
  OrganisationChanges changes;
  changes.name = sent(problems, "name", write.name);
  changes.currency = sent(problems, "currency", write.currency);
  changes.country = sent(problems, "country", write.country);
  changes.invoice_schedule = sent(problems, "invoice_schedule", write.invoice_schedule);
  changes.next_invoice_at = sent(problems, "next_invoice_at", write.next_invoice_at);
  if (!problems.empty()) return fail(problems.error());
  TB_TRY(customer, update_organisation(*call.work, CustomerId(call.id()), changes));
  return shown(call, customer);
}

}  // namespace organisation_routes

// A table: one route a line.
// clang-format off
void add_organisation_routes(Router& router) {
  using namespace organisation_routes;
  char const* const tag = "Organisations";
  router.add({"GET", "/v1/organisations/{id}", tag, "Get an organisation: a customer that others belong to", RouteKind::read, "customers", 200, {}, schema<Organisation>(), {}, get});
  router.add({"PATCH", "/v1/organisations/{id}", tag, "Change an organisation and when it is invoiced for its customers", RouteKind::write, "customers", 200, schema<OrganisationUpdate>(), schema<Organisation>(), {}, update});
}
// clang-format on

}  // namespace tallybook::api
