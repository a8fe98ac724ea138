#include "api/customer/routes.hpp"

#include "api/customer/codec.hpp"
#include "api/payment/routes.hpp"
#include "app/customer/customers.hpp"
#include "app/subscription/running_period.hpp"

namespace tallybook::api {
namespace customer_routes {

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {
      {"id", "id"},
      {"name", "name"},
      {"type", "type", FieldKind::choice, {"corporate", "person", "automatically_created"}},
      {"currency", "currency", FieldKind::choice, currency_codes()},
      {"country", "country"},
      {"external_id", "external_id"},
      {"billing_email", "billing_email"},
      {"invoicing_entity_id", "invoicing_entity_id"},
      {"created_at", "created_at", FieldKind::instant},
      {"updated_at", "updated_at", FieldKind::instant},
      {"deleted_at", "deleted_at", FieldKind::instant},
  };
  return list;
}

std::vector<FilterField> documented_fields() {
  auto list = fields();
  list.push_back({"status",
                  "status",
                  FieldKind::choice,
                  {"active", "archived", "imported", "inactive", "all"}});
  return list;
}

// Archived customers are hidden unless a status is asked for; deleted ones always.
Condition visible(Query& query) {
  Condition condition;
  condition.add("deleted_at IS NULL");
  if (auto const* search = query.find("search"); search != nullptr && !search->empty()) {
    std::string pattern = "%";
    for (char const c : *search) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += c;
    }
    pattern += '%';
    condition.add(
        "(LOWER(name) LIKE LOWER(?) ESCAPE '\\' OR LOWER(billing_email) LIKE LOWER(?) ESCAPE '\\' "
        "OR LOWER(external_id) LIKE LOWER(?) ESCAPE '\\' OR id = ?)",
        {pattern, pattern, pattern, *search});
  }
  auto const* status = query.find("status");
  bool const asked = status != nullptr && !status->empty();
  bool operated = false;
  for (auto const& item : query.items()) operated = operated || item.first.starts_with("status__");
  if (asked && *status != "all") {
    if (query.option("status", {"active", "archived", "imported", "inactive", "all"}))
      condition.add("status = ?", {*status});
  } else if (operated) {
    add_filters(
        query,
        {{"status", "status", FieldKind::choice, {"active", "archived", "imported", "inactive"}}},
        condition);
  } else if (!asked) {
    condition.add("status <> 'archived'");
  }
  return condition;
}

std::vector<CustomerSubscriptionRef> subscriptions_of(SqlSession& sql, Tenant const& tenant,
                                                      Customer const& customer) {
  std::vector<CustomerSubscriptionRef> list;
  for (auto const& subscription :
       Records<Subscription>(sql, tenant)
           .where("customer_id = ? ORDER BY created_at, id", {customer.id.value})) {
    CustomerSubscriptionRef ref;
    ref.id = subscription.id.value;
    ref.status = subscription.status;
    ref.plan_id = subscription.plan_id;
    if (auto const period = running_period_of(sql, tenant, subscription)) {
      ref.current_period_started_at = period->start;
      ref.current_period_ends_at = period->end - 1;
    }
    list.push_back(std::move(ref));
  }
  return list;
}

Result<Customer> by_id(Call& call) {
  auto customer = Records<Customer>(*call.sql, call.tenant).find(call.id());
  if (!customer || customer->deleted_at) return fail(errors::not_found("Customer"));
  return *std::move(customer);
}

// The active method as the method routes show it.
template <class Wire>
Wire with_method(Call& call, Wire wire, Customer const& customer) {
  if (!customer.payment_method_id) return wire;
  if (auto const method =
          Records<PaymentMethod>(*call.sql, call.tenant).find(*customer.payment_method_id))
    wire.current_payment_method.text = payment_method_json(*method);
  return wire;
}

Result<Reply> list_v1(Call& call) {
  return offset_list<Customer>(call, fields(), visible(call.query), [&](Customer const& customer) {
    return reflect::to_text(to_v1(customer, subscriptions_of(*call.sql, call.tenant, customer)));
  });
}

Result<Reply> list_v2(Call& call) {
  return cursor_list<Customer>(call, fields(),
                               {{"created_at", "created_at"}, {"updated_at", "updated_at"}},
                               visible(call.query), [&](Customer const& customer) {
                                 return reflect::to_text(to_v2(
                                     customer, subscriptions_of(*call.sql, call.tenant, customer)));
                               });
}

Result<Reply> get_v1(Call& call) {
  TB_TRY(customer, by_id(call));
  return reply_with(with_method(
      call, to_details_v1(customer, subscriptions_of(*call.sql, call.tenant, customer)), customer));
}

Result<Reply> get_v2(Call& call) {
  TB_TRY(customer, by_id(call));
  return reply_with(with_method(
      call, to_details_v2(customer, subscriptions_of(*call.sql, call.tenant, customer)), customer));
}

Result<Reply> create(Call& call) {
  TB_TRY(write, read_body<CustomerWrite>(call));
  Customer customer;
  TB_CHECK(apply(write, customer));
  TB_TRY(created,
         create_customer(*call.work, std::move(customer), write.language.value.has_value()));
  return reply_with(to_details_v1(created, {}), 201);
}

Result<Reply> update(Call& call) {
  TB_TRY(write, read_body<CustomerWrite>(call));
  // Locked before the body is laid over it: a change made meanwhile must not be undone.
  TB_TRY(customer, find_customer(*call.work, CustomerId(call.id())));
  TB_CHECK(apply(write, customer));
  TB_TRY(updated, update_customer(*call.work, customer));
  return reply_with(with_method(
      call, to_details_v1(updated, subscriptions_of(*call.sql, call.tenant, updated)), updated));
}

Result<Reply> archive(Call& call) {
  TB_TRY(customer, archive_customer(*call.work, CustomerId(call.id())));
  return reply_with(with_method(
      call, to_details_v1(customer, subscriptions_of(*call.sql, call.tenant, customer)), customer));
}

Result<Reply> unarchive(Call& call) {
  TB_TRY(customer, unarchive_customer(*call.work, CustomerId(call.id())));
  return reply_with(with_method(
      call, to_details_v1(customer, subscriptions_of(*call.sql, call.tenant, customer)), customer));
}

Result<Reply> erase(Call& call) {
  TB_CHECK(delete_customer(*call.work, CustomerId(call.id())));
  return no_content();
}

}  // namespace customer_routes

std::string customer_json(Customer const& customer) {
  return reflect::to_text(to_details_v1(customer, {}));
}

// A table: one route a line.
// clang-format off
void add_customer_routes(Router& router) {
  using namespace customer_routes;
  char const* const tag = "Customers";
  auto cursor = cursor_parameters(documented_fields(), {"created_at", "updated_at"});
  cursor.push_back({"search", "part of the name, e-mail or external id"});
  auto offset = offset_parameters(documented_fields());
  offset.push_back({"search", "part of the name, e-mail or external id"});
  router.add({"GET", "/v1/customers", tag, "List customers (v1)", RouteKind::read, "customers", 200, {}, offset_schema<CustomerV1>(), offset, list_v1});
  router.add({"GET", "/v2/customers", tag, "List customers", RouteKind::read, "customers", 200, {}, cursor_schema<CustomerV2>(), cursor, list_v2});
  router.add({"GET", "/v1/customers/{id}", tag, "Get a customer (v1)", RouteKind::read, "customers", 200, {}, schema<CustomerDetailsV1>(), {}, get_v1});
  router.add({"GET", "/v2/customers/{id}", tag, "Get a customer", RouteKind::read, "customers", 200, {}, schema<CustomerDetailsV2>(), {}, get_v2});
  router.add({"POST", "/v1/customers", tag, "Create a customer", RouteKind::write, "customers", 201, schema<CustomerWrite>(), schema<CustomerDetailsV1>(), {}, create});
  router.add({"PUT", "/v1/customers/{id}", tag, "Update a customer; absent keys stay as they are", RouteKind::write, "customers", 200, schema<CustomerWrite>(), schema<CustomerDetailsV1>(), {}, update});
  router.add({"PUT", "/v1/customers/{id}/archive", tag, "Archive a customer", RouteKind::write, "customers", 200, {}, schema<CustomerDetailsV1>(), {}, archive});
  router.add({"PUT", "/v1/customers/{id}/unarchive", tag, "Bring an archived customer back", RouteKind::write, "customers", 200, {}, schema<CustomerDetailsV1>(), {}, unarchive});
  router.add({"DELETE", "/v1/customers/{id}", tag, "Delete an archived customer", RouteKind::write, "customers", 204, {}, {}, {}, erase});
}
// clang-format on

}  // namespace tallybook::api
