// Making and changing invoices.
#include "api/invoice/codec.hpp"
#include "api/invoice/routes.hpp"
#include "api/invoice/write_wire.hpp"
#include "app/invoice/crediting.hpp"
#include "app/invoice/manual.hpp"

namespace tallybook::api {
namespace invoice_write {

std::string render(Call& call, Invoice const& invoice) {
  return reflect::to_text(to_v1(invoice, invoice_lines(*call.sql, call.tenant, invoice.id),
                                transaction_views(*call.sql, call.tenant, invoice.id)));
}

Reply reply(Call& call, InvoiceWithLines const& document, int status = 200) {
  return Reply{status, render(call, document.invoice)};
}

// "auto" and absent leave the scheme to the rules.
Result<std::optional<TaxScheme>> scheme_of(std::optional<std::string> const& text) {
  if (!text || *text == "auto") return std::optional<TaxScheme>();
  auto const scheme = reflect::enum_from<TaxScheme>(*text);
  if (!scheme)
    return fail(errors::invalid_field(
        "tax_scheme", "expected auto, standard, exempt, reverse_charge, manual or not_eligible"));
  return std::optional<TaxScheme>(*scheme);
}

// There are no custom properties of invoices yet: naming one is naming what does not exist.
Result<void> check_properties(std::optional<std::map<std::string, Value>> const& custom_properties,
                              std::optional<std::vector<std::string>> const& display_fields) {
  if (custom_properties && !custom_properties->empty())
    return fail(errors::invalid_field("custom_properties." + custom_properties->begin()->first,
                                      "no such custom property"));
  if (display_fields && !display_fields->empty())
    return fail(errors::invalid_field("additional_display_fields[0]", "no such custom property"));
  return {};
}

NewInvoiceLine from_api(InvoiceLineItemInput const& line) {
  return {line.product_id,          line.name,
          line.description,         line.units_count,
          line.unit_amount,         line.tax_rate,
          line.period_start,        line.period_end,
          line.display_unit_amount, line.display_service_period};
}

std::vector<NewInvoiceLine> from_api(std::vector<InvoiceLineItemInput> const& lines) {
  std::vector<NewInvoiceLine> made;
  for (auto const& line : lines) made.push_back(from_api(line));
  return made;
}

std::vector<NewInvoiceCoupon> from_api(std::vector<InvoiceCouponInput> const& coupons) {
  std::vector<NewInvoiceCoupon> made;
  for (auto const& coupon : coupons)
    made.push_back({coupon.coupon_id, coupon.name, coupon.discount_amount, coupon.discount_percent,
                    coupon.line_item_indexes});
  return made;
}

Result<NewInvoice> from_api(InvoiceCreate const& body) {
  TB_CHECK(check_properties(body.custom_properties, body.additional_display_fields));
  if (body.currency && !Currency::parse(*body.currency))
    return fail(errors::invalid_field("currency", "expected a currency code such as EUR"));
  NewInvoice wanted;
  wanted.customer_id = CustomerId(body.customer_id);
  wanted.lines = from_api(body.line_items);
  wanted.currency = body.currency;
  wanted.status = body.status.value_or(InvoiceStatus::paid);
  wanted.type = body.type.value_or(InvoiceType::invoice);
  wanted.document_name = body.document_name;
  wanted.number = body.number;
  if (body.invoicing_entity_id) wanted.invoicing_entity_id = EntityId(*body.invoicing_entity_id);
  if (body.subscription_id) wanted.subscription_id = SubscriptionId(*body.subscription_id);
  wanted.reference = body.reference;
  wanted.purchase_order = body.purchase_order;
  wanted.custom_note = body.custom_note;
  wanted.additional_info = body.additional_info;
  wanted.footer = body.footer;
  wanted.tax_rate = body.tax_rate;
  TB_TRY(scheme, scheme_of(body.tax_scheme));
  wanted.tax_scheme = scheme;
  wanted.payment_method_strategy = body.payment_method_strategy;
  wanted.payment_method_id = body.payment_method_id;
  wanted.bank_account_id = body.bank_account_id;
  wanted.emitted_at = body.emitted_at;
  wanted.due_at = body.due_at;
  wanted.settled_at = body.settled_at;
  wanted.properties = body.properties;
  for (auto const& payment : body.transactions.value_or(std::vector<InvoiceTransactionInput>()))
    wanted.transactions.push_back({payment.amount, payment.process_at, payment.payment_method_id});
  if (body.coupons) wanted.coupons = from_api(*body.coupons);
  return wanted;
}

Result<Reply> create(Call& call) {
  TB_TRY(body, read_body<InvoiceCreate>(call));
  TB_TRY(wanted, from_api(body));
  TB_TRY(document, create_invoice(*call.work, wanted));
  return reply(call, document, 201);
}

Result<void> check_batch_size(std::size_t size) {
  if (size == 0 || size > 50)
    return fail(errors::invalid_field("invoices", "expected 1 to 50 invoices"));
  return {};
}

std::optional<InvoiceBatchFailure> refused(InvoiceBatchItem const& item, Error const& error) {
  return InvoiceBatchFailure{item.batch_invoice_id, error.message};
}

// One by one in one transaction: a refused one is taken back whole, the others stand.
Result<InvoiceWithLines> create_one(Call& call, InvoiceBatchItem const& item) {
  TB_TRY(wanted, from_api(item));
  call.sql->execute("SAVEPOINT batch_item");
  auto made = create_invoice(*call.work, wanted);
  if (!made) call.sql->execute("ROLLBACK TO SAVEPOINT batch_item");
  call.sql->execute("RELEASE SAVEPOINT batch_item");
  return made;
}

Result<Reply> create_batch(Call& call) {
  TB_TRY(items, read_body<std::vector<InvoiceBatchItem>>(call));
  TB_CHECK(check_batch_size(items.size()));
  InvoiceBatchResult result;
  for (auto const& item : items) {
    auto const made = create_one(call, item);
    if (!made) {
      result.failures.push_back(*refused(item, made.error()));
      continue;
    }
    auto const& invoice = made->invoice;
    result.successes.push_back(
        to_v1(invoice, made->lines, transaction_views(*call.sql, call.tenant, invoice.id)));
  }
  return reply_with(result, 201);
}

// The outcome of each is told by webhook. A batch id that was used before does nothing again.
Result<Reply> create_batch_v2(Call& call) {
  TB_TRY(body, read_body<InvoiceBatchV2>(call));
  TB_CHECK(check_batch_size(body.invoices.size()));
  if (body.batch_id && (body.batch_id->empty() || body.batch_id->size() > 100))
    return fail(errors::invalid_field("batch_id", "expected 1 to 100 characters"));
  std::string const batch = body.batch_id.value_or(call.services.ids.next("bat"));
  bool const fresh =
      call.sql->execute(
          "INSERT INTO invoice_batches (account_id, mode, id, created_at) VALUES (?, ?, ?, ?) ON "
          "CONFLICT DO NOTHING",
          {call.tenant.account_id, std::string(mode_text(call.tenant.mode)), batch,
           call.work->now().ms}) == 1;
  for (std::size_t i = 0; fresh && i < body.invoices.size(); ++i) {
    auto const& item = body.invoices[i];
    auto const made = create_one(call, item);
    Value told;
    told["batch_id"] = batch;
    if (item.batch_invoice_id) told["batch_invoice_id"] = *item.batch_invoice_id;
    if (made) {
      told["invoice_id"] = made->invoice.id.value;
    } else {
      told["message"] = made.error().message;
    }
    call.work->emit(made ? "invoice.batch.creation_succeeded" : "invoice.batch.creation_failed",
                    CustomerId(item.customer_id), to_json_text(told));
  }
  return reply_with(InvoiceBatchAccepted{batch}, 202);
}

Result<Reply> update(Call& call) {
  TB_TRY(body, read_body<InvoiceUpdate>(call));
  TB_CHECK(check_properties(body.custom_properties, body.additional_display_fields));
  InvoiceChanges changes;
  changes.type = body.type;
  changes.document_name = body.document_name;
  changes.reference = body.reference;
  changes.purchase_order = body.purchase_order;
  changes.custom_note = body.custom_note;
  changes.additional_info = body.additional_info;
  changes.footer = body.footer;
  if (body.tax_scheme) {
    TB_TRY(scheme, scheme_of(body.tax_scheme));
    changes.tax_scheme = scheme;
  }
  if (body.line_items) changes.lines = from_api(*body.line_items);
  if (body.coupons) changes.coupons = from_api(*body.coupons);
  changes.payment_method_type = body.payment_method_type;
  changes.payment_method_id = body.payment_method_id;
  changes.bank_account_id = body.bank_account_id;
  changes.properties = body.properties;
  changes.subscription_id = body.subscription_id;
  changes.due_at = body.due_at;
  if (body.customer) {
    changes.customer_name = body.customer->name;
    changes.customer_email = body.customer->email;
    changes.customer_tax_id = body.customer->tax_id;
    changes.customer_address = body.customer->address;
  }
  TB_TRY(document, update_invoice(*call.work, InvoiceId(call.id()), changes));
  return reply(call, document);
}

Result<Reply> remove(Call& call) {
  TB_CHECK(delete_invoice(*call.work, InvoiceId(call.id())));
  return no_content();
}

Result<Reply> duplicate(Call& call) {
  TB_TRY(document, duplicate_invoice(*call.work, InvoiceId(call.id())));
  return reply(call, document, 201);
}

Result<Reply> credit(Call& call) {
  TB_TRY(body, read_body<CreditNoteCreate>(call));
  if (body.refund_method && !body.trigger_refund.value_or(false))
    return fail(errors::invalid_field("refund_method", "only used with trigger_refund"));
  auto const lines = body.line_items.value_or(std::vector<CreditNoteLine>());
  if (body.amount_including_tax && !lines.empty())
    return fail(
        errors::invalid_field("amount_including_tax", "give either an amount or line_items"));
  NewCreditNote wanted;
  wanted.amount_including_tax = body.amount_including_tax;
  for (auto const& line : lines)
    wanted.lines.push_back({line.line_item_id, line.amount_excluding_tax});
  wanted.draft = body.status == CreditNoteStatus::draft;
  wanted.custom_note = body.custom_note ? body.custom_note : body.reason;
  if (body.trigger_refund.value_or(false)) {
    wanted.refund_method = body.refund_method;
    wanted.refund_by_default = true;
  }
  TB_TRY(document, create_credit_note(*call.work, InvoiceId(call.id()), wanted));
  return reply(call, document, 201);
}

Result<Reply> void_it(Call& call) {
  TB_TRY(body, read_body<InvoiceVoid>(call));
  if (body.send_email.value_or(false))
    return fail(errors::invalid_field("send_email", "no e-mail is sent yet; leave it out"));
  TB_TRY(document, void_invoice(*call.work, InvoiceId(call.id())));
  return reply(call, document);
}

Result<Reply> uncollectible(Call& call) {
  TB_TRY(document, write_off(*call.work, InvoiceId(call.id())));
  return reply(call, document);
}

SchemaOf batch_schema() {
  return [](reflect::Schemas& schemas) {
    Value list;
    list["type"] = "array";
    list["items"] = schemas.of<InvoiceBatchItem>();
    return list;
  };
}

}  // namespace invoice_write

// A table: one route a line.
// clang-format off
void add_invoice_write_routes(Router& router) {
  using namespace invoice_write;
  char const* const tag = "Invoices";
  char const* const scope = "invoices";
  auto const one = schema<InvoiceV1>();
  router.add({"POST", "/v1/invoices", tag, "Create or import an invoice", RouteKind::write, scope, 201, schema<InvoiceCreate>(), one, {}, create});
  router.add({"POST", "/v1/invoices/batch", tag, "Create up to 50 invoices", RouteKind::write, scope, 201, batch_schema(), schema<InvoiceBatchResult>(), {}, create_batch});
  router.add({"POST", "/v2/invoices/batch", tag, "Create up to 50 invoices; the outcome comes by webhook", RouteKind::write, scope, 202, schema<InvoiceBatchV2>(), schema<InvoiceBatchAccepted>(), {}, create_batch_v2});
  router.add({"PATCH", "/v1/invoices/{id}", tag, "Change an invoice", RouteKind::write, scope, 200, schema<InvoiceUpdate>(), one, {}, update});
  router.add({"DELETE", "/v1/invoices/{id}", tag, "Discard a draft or an imported invoice", RouteKind::write, scope, 204, {}, {}, {}, remove});
  router.add({"POST", "/v1/invoices/{id}/duplicate", tag, "Copy an invoice into a new draft", RouteKind::write, scope, 201, {}, one, {}, duplicate});
  router.add({"POST", "/v1/invoices/{id}/credit-notes", tag, "Credit an invoice, all or in part", RouteKind::write, scope, 201, schema<CreditNoteCreate>(), one, {}, credit});
  router.add({"POST", "/v1/invoices/{id}/void", tag, "Void an unpaid invoice by a credit note", RouteKind::write, scope, 200, schema<InvoiceVoid>(), one, {}, void_it});
  router.add({"POST", "/v1/invoices/{id}/uncollectible", tag, "Write an invoice off", RouteKind::write, scope, 200, {}, one, {}, uncollectible});
}
// clang-format on

}  // namespace tallybook::api
