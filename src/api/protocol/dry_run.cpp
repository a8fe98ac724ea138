#include "api/protocol/dry_run.hpp"

#include <algorithm>

#include "api/invoice/explanation.hpp"
#include "app/billing/open_invoice.hpp"
#include "app/explain/explaining.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/rehearsal.hpp"

namespace tallybook::api {
namespace dry_run_detail {

// A document as it stands in the transaction; an open one is counted, as everybody sees it.
std::optional<InvoiceWithLines> document_of(SqlSession& sql, Services& services,
                                            Tenant const& tenant, std::string const& id) {
  auto invoice = Records<Invoice>(sql, tenant).find(id);
  if (!invoice) return std::nullopt;
  InvoiceWithLines document{*std::move(invoice), {}};
  if (document.invoice.status == InvoiceStatus::open) {
    UnitOfWork now(services, sql, tenant, tenant_now(sql, tenant, services.clock));
    count_open_invoice(now, document);
  } else {
    document.lines = invoice_lines(sql, tenant, document.invoice.id);
  }
  return document;
}

// What makes it the document it is: everything but when it was written.
std::string content_of(Services const& services, InvoiceWithLines document) {
  document.invoice.updated_at = document.invoice.created_at;
  return services.snapshots.invoice(document.invoice, document.lines);
}

struct Shown {
  std::string id;
  bool only_runs = false;  // a period without anything to bill so far
  std::string content;
  std::string text;
  std::string explanation;
};

// What the call touched and left there. A period that has just begun to run has no content yet.
std::vector<Shown> touched(SqlSession& sql, Services& services, Tenant const& tenant,
                           Rehearsed const& noted, bool explained) {
  auto ids = noted.invoices;
  for (auto const& id : noted.subscriptions) {
    auto const open =
        Records<Invoice>(sql, tenant).first("subscription_id = ? AND status = 'open'", {id});
    if (open && std::ranges::find(ids, open->id.value) == ids.end()) ids.push_back(open->id.value);
  }
  std::vector<Shown> shown;
  for (auto const& id : ids) {
    auto const document = document_of(sql, services, tenant, id);
    // What was removed again is not there any more.
    if (!document) continue;
    bool const only_runs =
        document->invoice.status == InvoiceStatus::open && document->invoice.total_amount == 0;
    Shown one{id, only_runs, content_of(services, *document),
              services.snapshots.invoice(document->invoice, document->lines), ""};
    if (explained)
      one.explanation = explanation_json(explain_document(sql, tenant, services.events, *document));
    shown.push_back(std::move(one));
  }
  return shown;
}

// Of those the ones that were not like that before: `sql` is as it was.
std::vector<Shown> changed(SqlSession& sql, Services& services, Tenant const& tenant,
                           std::vector<Shown> shown) {
  std::erase_if(shown, [&](Shown const& one) {
    auto const before = document_of(sql, services, tenant, one.id);
    if (!before) return one.only_runs;
    return content_of(services, *before) == one.content;
  });
  return shown;
}

std::string list_of(std::vector<Shown> const& shown, std::string Shown::*member) {
  std::string text = "[";
  for (auto const& one : shown) {
    if (text.size() > 1) text += ',';
    text += one.*member;
  }
  return text + "]";
}

std::string events_text(Rehearsed const& noted) {
  std::string text = "[";
  for (auto const& event : noted.events) {
    if (text.size() > 1) text += ',';
    append_json_string(text, event);
  }
  return text + "]";
}

}  // namespace dry_run_detail

bool can_rehearse(Route const& route) {
  return route.kind == RouteKind::write || route.rehearsable;
}

Result<bool> wants_dry_run(Query& query, Route const& route) {
  auto const* given = query.find(dry_run_parameter);
  if (given == nullptr) return false;
  bool const wanted = query.boolean(dry_run_parameter, false);
  TB_CHECK(query.check());
  if (!wanted || can_rehearse(route)) return wanted;
  bool const changes = route.kind != RouteKind::read && route.method != "GET";
  return fail(errors::invalid_field(
      dry_run_parameter, changes ? "this call reaches beyond the database and cannot be taken back"
                                 : "this call changes nothing"));
}

Result<Reply> rehearse(Call const& call, Route const& route) {
  Query query = call.query;
  bool const explained = query.boolean("explain", false);
  TB_CHECK(query.check());
  std::optional<Result<Reply>> reply;
  std::string text;
  Rehearsed noted;
  in_rehearsal(call.services, noted, [&](Services& services, SqlSession& sql) {
    sql.execute("SAVEPOINT before_the_call");
    Call inside{call.request, services,  call.tenant,  call.path,
                call.query,   call.body, call.base_url};
    UnitOfWork unit(services, sql, call.tenant, tenant_now(sql, call.tenant, services.clock));
    if (route.kind != RouteKind::free) {
      inside.sql = &sql;
      inside.work = &unit;
    }
    reply.emplace(route.handler(inside));
    if (!*reply) return;
    auto shown = dry_run_detail::touched(sql, services, call.tenant, noted, explained);
    sql.execute("ROLLBACK TO SAVEPOINT before_the_call");
    shown = dry_run_detail::changed(sql, services, call.tenant, std::move(shown));
    text = R"({"dry_run":true,"status":)" + std::to_string((*reply)->status) + R"(,"result":)" +
           ((*reply)->body.empty() ? "null" : (*reply)->body) + R"(,"invoices":)" +
           dry_run_detail::list_of(shown, &dry_run_detail::Shown::text) + R"(,"events":)" +
           dry_run_detail::events_text(noted);
    if (explained)
      text += R"(,"explanations":)" +
              dry_run_detail::list_of(shown, &dry_run_detail::Shown::explanation);
    text += "}";
  });
  if (!*reply) return fail(reply->error());
  return Reply{200, std::move(text)};
}

}  // namespace tallybook::api
