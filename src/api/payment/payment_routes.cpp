#include "api/invoice/codec.hpp"
#include "api/payment/codec.hpp"
#include "api/payment/routes.hpp"
#include "app/payment/on_account.hpp"
#include "app/payment/payments.hpp"

namespace tallybook::api {
namespace payment_routes {

Reply invoice_reply(Call& call, InvoiceId const& id) {
  Reply reply{200, ""};
  call.services.database.read([&](SqlSession& sql) {
    auto const invoice = Records<Invoice>(sql, call.tenant).find(id.value);
    reply.body = reflect::to_text(to_v1(*invoice, invoice_lines(sql, call.tenant, id),
                                        transaction_views(sql, call.tenant, id)));
  });
  return reply;
}

Reply transaction_reply(Call& call, Transaction const& transaction, int status = 200) {
  Reply reply{status, ""};
  auto const render = [&](SqlSession& sql) {
    reply.body = reflect::to_text(to_api(view_of(sql, call.tenant, transaction)));
  };
  if (call.sql != nullptr) {
    render(*call.sql);
  } else {
    call.services.database.read(render);
  }
  return reply;
}

Result<Reply> charge(Call& call) {
  TB_TRY(body, read_body<InvoiceCharge>(call));
  InvoiceId const id(call.id());
  TB_CHECK(charge_invoice(call.services, call.tenant, id, {body.payment_method_id, body.amount}));
  return invoice_reply(call, id);
}

Result<Reply> pay(Call& call) {
  TB_TRY(body, read_body<PaymentCreate>(call));
  if (body.charging_method == ChargingMethod::checkout)
    return fail(Error{ErrorCode::unprocessable,
                      "charging_method: checkout pages are not offered; use immediately",
                      {{"charging_method", "checkout pages are not offered; use immediately"}}});
  if (body.available_payment_methods)
    return fail(errors::invalid_field("available_payment_methods", "only with a checkout"));
  if (body.checkout_session)
    return fail(errors::invalid_field("checkout_session", "only with a checkout"));
  if (body.products && body.items)
    return fail(errors::invalid_field("items", "the former name of products; give one of them"));
  OneTimePayment payment;
  payment.customer_id = CustomerId(body.customer_id);
  for (auto const& product :
       body.products ? *body.products : body.items.value_or(std::vector<PaymentProduct>{}))
    payment.products.push_back({product.id, product.name, product.amount});
  payment.purchase_order = body.purchase_order;
  payment.custom_note = body.custom_note;
  if (body.payment_method_type)
    payment.payment_method_type = *body.payment_method_type == ManualMethodType::transfer
                                      ? PaymentMethodType::transfer
                                      : PaymentMethodType::external;
  payment.payment_method_id = body.payment_method_id;
  TB_TRY(sold, in_unit(call.services, call.tenant,
                       [&](UnitOfWork& work) { return sell_one_time(work, payment); }));
  if (sold.call) carry_out(call.services, call.tenant, {*sold.call});
  return reply_with(PaymentV1{sold.invoice_id.value});
}

Result<Reply> refund(Call& call) {
  TB_TRY(made, refund_transaction(call.services, call.tenant, TransactionId(call.id())));
  return transaction_reply(call, made);
}

std::vector<AllocationTerms> terms_of(std::vector<TransactionAllocation> const& parts) {
  std::vector<AllocationTerms> terms;
  for (auto const& part : parts) terms.push_back({InvoiceId(part.invoice_id), part.amount});
  return terms;
}

Result<Reply> record(Call& call) {
  TB_TRY(body, read_body<AccountPaymentCreate>(call));
  NewAccountPayment payment;
  payment.customer_id = CustomerId(body.customer_id);
  payment.amount = body.amount;
  payment.currency = body.currency;
  payment.reference = body.reference;
  payment.bank_account_id = body.bank_account_id;
  if (body.payment_method_type == ManualMethodType::external)
    payment.method = TransactionMethod::external;
  if (body.allocations) payment.allocations = terms_of(*body.allocations);
  TB_TRY(made, record_on_account(*call.work, payment));
  return transaction_reply(call, made, 201);
}

Result<Reply> add_allocations(Call& call) {
  TB_TRY(body, read_body<AllocationsCreate>(call));
  if (body.allocations.empty())
    return fail(errors::invalid_field("allocations", "expected at least one"));
  TB_TRY(made, allocate(*call.work, TransactionId(call.id()), terms_of(body.allocations)));
  return transaction_reply(call, made, 201);
}

Result<Reply> erase(Call& call) {
  TB_CHECK(cancel_planned_payment(*call.work, InvoiceId(call.id()),
                                  TransactionId(call.id("transaction_id"))));
  return Reply{200, "{}"};
}

// A route whose provider is called after its transaction: a rehearsal calls nobody.
void add_rehearsable(Router& router, Route route) {
  route.rehearsable = true;
  router.add(std::move(route));
}

}  // namespace payment_routes

// A table: one route a line.
// clang-format off
void add_payment_routes(Router& router) {
  using namespace payment_routes;
  char const* const tag = "Invoices > Transactions";
  SchemaOf const empty = [](reflect::Schemas&) { Value any; any["type"] = "object"; return any; };
  add_rehearsable(router, {"POST", "/v1/invoices/{id}/charge", "Invoices", "Charge what an invoice owes, or a part of it", RouteKind::free, "invoices", 200, schema<InvoiceCharge>(), schema<InvoiceV1>(), {}, charge});
  router.add({"DELETE", "/v1/invoices/{id}/transactions/{transaction_id}", tag, "Take a planned payment back", RouteKind::write, "invoices", 200, {}, empty, {}, erase});
  add_rehearsable(router, {"POST", "/v1/transactions/{id}/refund", tag, "Pay the rest of a payment back without a credit note", RouteKind::free, "invoices", 200, {}, schema<TransactionV1>(), {}, refund});
  router.add({"POST", "/v1/transactions", tag, "Record a payment on account, with parts for invoices", RouteKind::write, "invoices", 201, schema<AccountPaymentCreate>(), schema<TransactionV1>(), {}, record});
  router.add({"POST", "/v1/transactions/{id}/allocations", tag, "Give parts of a payment on account to invoices", RouteKind::write, "invoices", 201, schema<AllocationsCreate>(), schema<TransactionV1>(), {}, add_allocations});
  add_rehearsable(router, {"POST", "/v1/payments", "Payments", "Sell once: issue an invoice and charge it", RouteKind::free, "payments", 200, schema<PaymentCreate>(), schema<PaymentV1>(), {}, pay});
}
// clang-format on

}  // namespace tallybook::api
