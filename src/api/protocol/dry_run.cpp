#include "api/protocol/dry_run.hpp"

#include "api/invoice/explanation.hpp"
#include "app/explain/explaining.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/rehearsal.hpp"

namespace tallybook::api {
namespace dry_run_detail {

std::string invoices_text(SqlSession& sql, Call const& call, Rehearsed const& noted) {
  std::string text = "[";
  for (auto const& id : noted.invoices) {
    // What was removed again is not there any more.
    auto const invoice = Records<Invoice>(sql, call.tenant).find(id);
    if (!invoice) continue;
    if (text.size() > 1) text += ',';
    text += call.services.snapshots.invoice(*invoice, invoice_lines(sql, call.tenant, invoice->id));
  }
  return text + "]";
}

std::string explanations_text(SqlSession& sql, Call const& call, Rehearsed const& noted) {
  std::string text = "[";
  for (auto const& id : noted.invoices) {
    auto const invoice = Records<Invoice>(sql, call.tenant).find(id);
    if (!invoice) continue;
    if (text.size() > 1) text += ',';
    text += explanation_json(
        explain_document(sql, call.tenant, call.services.events,
                         {*invoice, invoice_lines(sql, call.tenant, invoice->id)}));
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
    Call inside{call.request, services,  call.tenant,  call.path,
                call.query,   call.body, call.base_url};
    UnitOfWork unit(services, sql, call.tenant, tenant_now(sql, call.tenant, services.clock));
    if (route.kind != RouteKind::free) {
      inside.sql = &sql;
      inside.work = &unit;
    }
    reply.emplace(route.handler(inside));
    if (!*reply) return;
    text = R"({"dry_run":true,"status":)" + std::to_string((*reply)->status) + R"(,"result":)" +
           ((*reply)->body.empty() ? "null" : (*reply)->body) + R"(,"invoices":)" +
           dry_run_detail::invoices_text(sql, call, noted) + R"(,"events":)" +
           dry_run_detail::events_text(noted);
    if (explained)
      text += R"(,"explanations":)" + dry_run_detail::explanations_text(sql, call, noted);
    text += "}";
  });
  if (!*reply) return fail(reply->error());
  return Reply{200, std::move(text)};
}

}  // namespace tallybook::api
