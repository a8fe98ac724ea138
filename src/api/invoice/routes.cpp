#include "api/invoice/routes.hpp"

#include "api/invoice/codec.hpp"
#include "api/invoice/explanation.hpp"
#include "app/billing/open_invoice.hpp"
#include "app/explain/explaining.hpp"
#include "app/payment/payments.hpp"

namespace tallybook::api {
namespace invoice_routes {

std::vector<std::string> statuses() {
  std::vector<std::string> list;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<InvoiceStatus>>(
      [&](auto d) { list.emplace_back(d.name); });
  return list;
}

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {
      {"id", "id"},
      {"type",
       "CASE WHEN status <> 'charged_on_parent' THEN type WHEN type = 'credit_note' THEN "
       "'child_creditnote_ref' ELSE 'child_invoice_ref' END",
       FieldKind::choice,
       {"invoice", "credit_note", "document", "child_invoice_ref", "child_creditnote_ref"}},
      {"customer_id", "customer_id"},
      {"subscription_id", "subscription_id"},
      {"invoicing_entity_id", "invoicing_entity_id"},
      {"invoice_number", "number"},
      {"number", "number"},
      {"original_invoice_id", "original_invoice_id"},
      {"original_invoice_number", "original_invoice_number"},
      {"currency", "currency", FieldKind::choice, currency_codes()},
      {"period_start", "period_starts_at", FieldKind::instant},
      {"period_end", "period_ends_at", FieldKind::instant},
      {"issued_at", "issued_at", FieldKind::instant},
      {"emitted_at", "issued_at", FieldKind::instant},
      {"due_at", "due_at", FieldKind::instant},
      {"updated_at", "updated_at", FieldKind::instant},
      {"created_at", "created_at", FieldKind::instant},
      {"customer_external_id",
       "(SELECT c.external_id FROM customers c WHERE c.account_id = invoices.account_id AND c.mode "
       "= invoices.mode AND c.id = customer_id)"},
  };
  return list;
}

// open is hidden unless a status is asked for. late is no status but a state: owed past its due
// date.
Condition visible(Call& call) {
  Query& query = call.query;
  Condition condition;
  if (auto const* line = query.find("line_item_id"); line != nullptr && !line->empty()) {
    condition.add(
        "id IN (SELECT l.invoice_id FROM invoice_lines l WHERE l.account_id = invoices.account_id "
        "AND l.mode = invoices.mode AND l.id = ?)",
        {*line});
  }
  auto const* status = query.find("status");
  if (status != nullptr && !status->empty()) {
    auto options = statuses();
    options.push_back("all");
    options.push_back("late");
    auto const chosen = query.option("status", options);
    if (chosen == "late") {
      Instant const now = tenant_now(*call.sql, call.tenant, call.services.clock);
      condition.add("status IN ('to_pay', 'partially_paid') AND type = 'invoice' AND due_at < ?",
                    {now.ms});
    } else if (chosen && *chosen != "all")
      condition.add("status = ?", {*chosen});
    return condition;
  }
  bool operated = false;
  for (auto const& item : query.items()) operated = operated || item.first.starts_with("status__");
  if (operated) {
    add_filters(query, {{"status", "status", FieldKind::choice, statuses()}}, condition);
  } else {
    condition.add("status <> 'open'");
  }
  return condition;
}

// The document with its lines; an open one is counted now.
InvoiceWithLines with_lines(Call& call, Invoice const& invoice) {
  InvoiceWithLines document{invoice, {}};
  if (invoice.status == InvoiceStatus::open) {
    UnitOfWork now(call.services, *call.sql, call.tenant,
                   tenant_now(*call.sql, call.tenant, call.services.clock));
    count_open_invoice(now, document);
  } else {
    document.lines = invoice_lines(*call.sql, call.tenant, invoice.id);
  }
  return document;
}

// One name each: other nouns have versions too.
InvoiceV1 as_v1(Invoice const& invoice, std::vector<InvoiceLine> const& lines,
                std::vector<TransactionView> const& transactions) {
  return to_v1(invoice, lines, transactions);
}
InvoiceV2 as_v2(Invoice const& invoice, std::vector<InvoiceLine> const& lines,
                std::vector<TransactionView> const& transactions) {
  return to_v2(invoice, lines, transactions);
}

template <class Convert>
std::string render(Call& call, Invoice const& invoice, Convert convert) {
  auto const document = with_lines(call, invoice);
  return reflect::to_text(convert(document.invoice, document.lines,
                                  transaction_views(*call.sql, call.tenant, invoice.id)));
}

Result<Invoice> by_id(Call& call) {
  auto invoice = Records<Invoice>(*call.sql, call.tenant).find(call.id());
  if (!invoice) return fail(errors::not_found("Invoice"));
  return *std::move(invoice);
}

// Documents of one instant, oldest first: invoices, documents, then credit notes, each by number
// and those without a number behind them; then by the period they are for.
std::vector<std::string> ties() {
  return {"CASE type WHEN 'invoice' THEN 0 WHEN 'document' THEN 1 ELSE 2 END",
          "COALESCE(sequence_number, 9223372036854775807)", "COALESCE(period_starts_at, 0)"};
}

std::string newest_first() {
  std::string order = "created_at DESC";
  for (auto const& key : ties()) order += ", " + key + " DESC";
  return order + ", id DESC";
}

Result<Reply> list_v2(Call& call) {
  auto const condition = visible(call);
  return cursor_list<Invoice>(
      call, fields(),
      {{"created_at", "created_at"}, {"emitted_at", "COALESCE(issued_at, created_at)"}}, condition,
      [&](Invoice const& invoice) { return render(call, invoice, as_v2); }, ties());
}

Result<Reply> list_v1(Call& call) {
  auto const condition = visible(call);
  return offset_list<Invoice>(
      call, fields(), condition,
      [&](Invoice const& invoice) { return render(call, invoice, as_v1); }, newest_first());
}

Result<Reply> get_v1(Call& call) {
  TB_TRY(invoice, by_id(call));
  return Reply{200, render(call, invoice, as_v1)};
}

Result<Reply> get_v2(Call& call) {
  TB_TRY(invoice, by_id(call));
  return Reply{200, render(call, invoice, as_v2)};
}

Result<Reply> get_explanation(Call& call) {
  TB_TRY(invoice, by_id(call));
  auto const document = with_lines(call, invoice);
  return Reply{200, explanation_json(
                        explain_document(*call.sql, call.tenant, call.services.events, document))};
}

SchemaOf any_object() {
  return [](reflect::Schemas&) {
    Value any;
    any["type"] = "object";
    any["description"] = "a tree of exact steps; see docs/explanations.md";
    return any;
  };
}

std::string file_name(Invoice const& invoice) {
  std::string name = invoice.number.value_or(invoice.id.value);
  for (char& c : name) {
    bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    if (!plain) c = '_';
  }
  return name + ".pdf";
}

// The file itself; with as_redirect=true a link to it on this server.
Result<Reply> download(Call& call) {
  bool const redirect = call.query.boolean("as_redirect", false);
  auto const language =
      call.query.option("lang", {"fr", "en", "de", "it", "nl", "es", "pt", "pl", "lt"});
  auto const* locale = call.query.find("locale");
  TB_CHECK(call.query.check());
  TB_TRY(invoice, by_id(call));
  if (redirect) {
    Reply reply{302, ""};
    reply.headers.emplace_back("location", call.base_url + call.request.path);
    return reply;
  }
  auto const entity =
      Records<InvoicingEntity>(*call.sql, call.tenant).find(invoice.invoicing_entity_id.value);
  if (!entity) return fail(errors::not_found("Invoicing entity"));
  std::string chosen(reflect::enum_name(entity->language));
  if (locale != nullptr && locale->size() >= 2) chosen = locale->substr(0, 2);
  if (language) chosen = *language;
  auto const document = with_lines(call, invoice);
  Reply reply{200, call.services.printer.print(document.invoice, document.lines, *entity, chosen),
              "application/pdf"};
  reply.headers.emplace_back("content-disposition",
                             "attachment; filename=\"" + file_name(invoice) + "\"");
  return reply;
}

Result<Reply> validate(Call& call) {
  TB_TRY(document, validate_invoice(*call.work, InvoiceId(call.id())));
  return Reply{200, render(call, document.invoice, as_v1)};
}

Result<Reply> add_transaction(Call& call) {
  TB_TRY(body, read_body<TransactionCreate>(call));
  if (body.payment_method_type == PaymentMethodInput::wallet)
    return fail(errors::invalid_field("payment_method_type",
                                      "a wallet pays by itself when the invoice is issued"));
  if (body.amount > max_amount_minor)
    return fail(errors::invalid_field("amount", "expected at most 10^15 minor units"));
  NewPayment payment;
  payment.amount = body.amount;
  payment.process_at = body.process_at;
  if (body.payment_method_type)
    payment.method =
        reflect::enum_from<TransactionMethod>(reflect::enum_name(*body.payment_method_type))
            .value_or(TransactionMethod::external);
  payment.payment_method_id = body.payment_method_id;
  payment.bank_account_id = body.bank_account_id;
  payment.provider_name = body.provider_name;
  payment.provider_id = body.provider_id;
  payment.provider_transaction_id = body.provider_transaction_id;
  TB_TRY(document, record_payment(*call.work, InvoiceId(call.id()), payment));
  return Reply{201, render(call, document.invoice, as_v1)};
}

Result<Reply> list_transactions(Call& call) {
  return offset_list<Transaction>(call, {}, {}, [&](Transaction const& transaction) {
    return reflect::to_text(to_api(view_of(*call.sql, call.tenant, transaction)));
  });
}

Result<Reply> get_transaction(Call& call) {
  auto const transaction = Records<Transaction>(*call.sql, call.tenant).find(call.id());
  if (!transaction) return fail(errors::not_found("Transaction"));
  return reply_with(to_api(view_of(*call.sql, call.tenant, *transaction)));
}

}  // namespace invoice_routes

std::string invoice_json(Invoice const& invoice, std::vector<InvoiceLine> const& lines) {
  return reflect::to_text(to_v2(invoice, lines, {}));
}

// A table: one route a line.
// clang-format off
void add_invoice_routes(Router& router) {
  using namespace invoice_routes;
  char const* const tag = "Invoices";
  char const* const scope = "invoices";
  std::vector<QueryParameter> const status = {{"status", "one status or all; open is hidden by default"}, {"line_item_id", "the invoice of that line"}, {"status__in", "filter: in"}, {"status__notIn", "filter: notIn"}};
  auto cursor = cursor_parameters(fields(), {"created_at", "emitted_at"});
  auto offset = offset_parameters(fields());
  cursor.insert(cursor.end(), status.begin(), status.end());
  offset.insert(offset.end(), status.begin(), status.end());
  std::vector<QueryParameter> const file = {{"lang", "language of the document"}, {"locale", "its first two letters choose the language"}, {"as_redirect", "true answers 302 with a link to the file"}};
  router.add({"GET", "/v1/invoices", tag, "List invoices (v1)", RouteKind::read, scope, 200, {}, offset_schema<InvoiceV1>(), offset, list_v1});
  router.add({"GET", "/v2/invoices", tag, "List invoices", RouteKind::read, scope, 200, {}, cursor_schema<InvoiceV2>(), cursor, list_v2});
  router.add({"GET", "/v1/invoices/{id}", tag, "Get an invoice (v1)", RouteKind::read, scope, 200, {}, schema<InvoiceV1>(), {}, get_v1});
  router.add({"GET", "/v2/invoices/{id}", tag, "Get an invoice", RouteKind::read, scope, 200, {}, schema<InvoiceV2>(), {}, get_v2});
  router.add({"GET", "/v1/invoices/{id}/explanation", tag, "How every amount of a document came about", RouteKind::read, scope, 200, {}, any_object(), {}, get_explanation});
  for (char const* path : {"/v1/invoices/{id}/download", "/v2/invoices/{id}/download"}) {
    Route route{"GET", path, tag, "The PDF of an invoice", RouteKind::read, scope, 200, {}, {}, file, download};
    route.response_type = "application/pdf";
    router.add(std::move(route));
  }
  router.add({"POST", "/v1/invoices/{id}/validate", tag, "Issue a draft or an invoice under review", RouteKind::write, scope, 200, {}, schema<InvoiceV1>(), {}, validate});
  router.add({"POST", "/v1/invoices/{id}/transactions", "Invoices > Transactions", "Record a payment", RouteKind::write, scope, 201, schema<TransactionCreate>(), schema<InvoiceV1>(), {}, add_transaction});
  router.add({"GET", "/v1/transactions", "Invoices > Transactions", "List transactions", RouteKind::read, scope, 200, {}, offset_schema<TransactionV1>(), offset_parameters({}), list_transactions});
  router.add({"GET", "/v1/transactions/{id}", "Invoices > Transactions", "Get a transaction", RouteKind::read, scope, 200, {}, schema<TransactionV1>(), {}, get_transaction});
}
// clang-format on

}  // namespace tallybook::api
