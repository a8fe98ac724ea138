#include "api/payment/codec.hpp"
#include "api/payment/routes.hpp"
#include "app/customer/customers.hpp"
#include "app/entity/invoicing_entities.hpp"
#include "app/payment/payment_methods.hpp"

namespace tallybook::api {
namespace method_routes {

Result<void> known_customer(Call& call) {
  auto const customer = Records<Customer>(*call.sql, call.tenant).find(call.id());
  if (!customer || customer->deleted_at) return fail(errors::not_found("Customer"));
  return {};
}

Result<Reply> list(Call& call) {
  TB_CHECK(known_customer(call));
  Condition condition;
  condition.add("customer_id = ? AND deleted_at IS NULL", {call.id()});
  return offset_list<PaymentMethod>(call, {}, condition, payment_method_json);
}

Result<Reply> get(Call& call) {
  TB_CHECK(known_customer(call));
  auto const method =
      Records<PaymentMethod>(*call.sql, call.tenant).find(call.id("payment_method_id"));
  if (!method || method->deleted_at || method->customer_id.value != call.id())
    return fail(errors::not_found("Payment method"));
  return reply_with(to_api(*method));
}

// The provider is asked before the transaction, so this opens its own.
Result<Reply> create(Call& call) {
  TB_TRY(body, read_body<PaymentMethodCreate>(call));
  NewPaymentMethod const wanted{body.provider_name, body.provider_id,
                                body.provider_payment_method_id};
  CustomerId const customer(call.id());
  std::optional<Customer> known;
  call.services.database.read(
      [&](SqlSession& sql) { known = Records<Customer>(sql, call.tenant).find(customer.value); });
  if (!known || known->deleted_at) return fail(errors::not_found("Customer"));
  TB_TRY(token, describe_token(call.services, call.tenant, wanted));
  TB_TRY(method, in_unit(call.services, call.tenant, [&](UnitOfWork& work) {
           return add_payment_method(work, customer, wanted, token);
         }));
  return reply_with(to_api(method), 201);
}

Result<Reply> erase(Call& call) {
  TB_CHECK(delete_payment_method(*call.work, CustomerId(call.id()),
                                 PaymentMethodId(call.id("payment_method_id"))));
  return no_content();
}

Result<Reply> create_sandbox(Call& call) {
  if (call.tenant.mode == Mode::live)
    return fail(errors::forbidden("The sandbox exists in test mode only; use a test_ key"));
  auto* sandbox =
      call.services.providers != nullptr ? call.services.providers->find("sandbox") : nullptr;
  if (sandbox == nullptr) return fail(errors::unprocessable("The sandbox is not connected"));
  TB_TRY(body, read_body<SandboxMethodCreate>(call));
  if (body.card.has_value() == body.account.has_value())
    return fail(errors::invalid_field("card", "give card or account, one of them"));
  auto const token =
      body.card ? sandbox->tokenise(call.tenant,
                                    CardDetails{body.card->number, body.card->expiration_month,
                                                body.card->expiration_year})
                : sandbox->tokenise(call.tenant,
                                    AccountDetails{body.account->type, body.account->number});
  if (!token) return fail(token.error());
  return reply_with(to_sandbox_method(sandbox->name(), *token), 201);
}

Result<ProviderOrders> orders_of(Call& call) {
  auto const entity = Records<InvoicingEntity>(*call.sql, call.tenant).find(call.id());
  if (!entity || entity->deleted_at) return fail(errors::not_found("Invoicing entity"));
  ProviderOrders orders;
  for (auto const& order : Records<ProviderOrder>(*call.sql, call.tenant)
                               .where("invoicing_entity_id = ?", {call.id()})) {
    using enum PaymentMethodType;
    auto& list = order.payment_method_type == card                ? orders.card
                 : order.payment_method_type == direct_debit      ? orders.direct_debit
                 : order.payment_method_type == direct_debit_ach  ? orders.direct_debit_ach
                 : order.payment_method_type == direct_debit_bacs ? orders.direct_debit_bacs
                                                                  : orders.direct_debit_sepa;
    list = order.providers;
  }
  return orders;
}

Result<Reply> get_orders(Call& call) {
  TB_TRY(orders, orders_of(call));
  return reply_with(orders);
}

Result<Reply> set_orders(Call& call) {
  TB_TRY(body, read_body<ProviderOrdersWrite>(call));
  TB_TRY(entity, lock_entity(*call.work, EntityId(call.id())));
  std::optional<Error> problem;
  reflect::for_each_field(body, [&](char const* name, auto const& patch) {
    if (!patch.present || problem) return;
    auto const type = reflect::enum_from<PaymentMethodType>(name);
    auto const set = set_provider_order(*call.work, entity.id, *type,
                                        patch.value.value_or(std::vector<std::string>{}));
    if (!set) problem = set.error();
  });
  if (problem) return fail(*problem);
  TB_TRY(orders, orders_of(call));
  return reply_with(orders);
}

}  // namespace method_routes

// A table: one route a line.
// clang-format off
void add_payment_method_routes(Router& router) {
  using namespace method_routes;
  char const* const tag = "Customers > Payment methods";
  char const* const one = "/v1/customers/{id}/payment-methods/{payment_method_id}";
  char const* const all = "/v1/customers/{id}/payment-methods";
  char const* const orders = "/v1/invoicing-entities/{id}/payment-providers";
  router.add({"GET", all, tag, "List the payment methods of a customer", RouteKind::read, "customers", 200, {}, offset_schema<PaymentMethodV1>(), offset_parameters({}), list});
  router.add({"GET", one, tag, "Get a payment method", RouteKind::read, "customers", 200, {}, schema<PaymentMethodV1>(), {}, get});
  router.add({"POST", all, tag, "Import a payment method that a connected provider holds", RouteKind::free, "customers", 201, schema<PaymentMethodCreate>(), schema<PaymentMethodV1>(), {}, create});
  router.add({"DELETE", one, tag, "Delete a payment method", RouteKind::write, "customers", 204, {}, {}, {}, erase});
  router.add({"POST", "/v1/sandbox/payment-methods", "Sandbox", "Make a payment method of a test number at the sandbox", RouteKind::free, "sandbox", 201, schema<SandboxMethodCreate>(), schema<SandboxMethod>(), {}, create_sandbox});
  router.add({"GET", orders, "Invoicing entities", "The providers an entity charges with, first to last", RouteKind::read, "invoicing_entities", 200, {}, schema<ProviderOrders>(), {}, get_orders});
  router.add({"PUT", orders, "Invoicing entities", "Set the providers of types of methods; null or an empty list removes", RouteKind::write, "invoicing_entities", 200, schema<ProviderOrdersWrite>(), schema<ProviderOrders>(), {}, set_orders});
}
// clang-format on

}  // namespace tallybook::api
