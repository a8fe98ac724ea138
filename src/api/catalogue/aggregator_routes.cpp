#include "api/catalogue/codec.hpp"
#include "api/catalogue/routes.hpp"
#include "app/catalogue/catalogue.hpp"

namespace tallybook::api {
namespace aggregator_routes {

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {
      {"id", "id"}, {"name", "name"}, {"entity", "entity"}};
  return list;
}

Result<Aggregator> by_id(Call& call) {
  auto aggregator = Records<Aggregator>(*call.sql, call.tenant).find(call.id());
  if (!aggregator) return fail(errors::not_found("Aggregator"));
  return *std::move(aggregator);
}

Result<Reply> list(Call& call) {
  return offset_list<Aggregator>(call, fields(), {}, [](Aggregator const& aggregator) {
    return reflect::to_text(to_api(aggregator));
  });
}

Result<Reply> get(Call& call) {
  TB_TRY(aggregator, by_id(call));
  return reply_with(to_api(aggregator));
}

Result<Reply> create(Call& call) {
  TB_TRY(write, read_body<AggregatorWrite>(call));
  TB_TRY(wanted, to_aggregator(write, {}, "", call.services.ids));
  TB_TRY(created, create_aggregator(*call.work, std::move(wanted)));
  return reply_with(to_api(created), 201);
}

Result<Reply> update(Call& call) {
  TB_TRY(write, read_body<AggregatorWrite>(call));
  TB_TRY(current, by_id(call));
  TB_TRY(wanted, to_aggregator(write, current, "", call.services.ids));
  TB_TRY(updated, update_aggregator(*call.work, wanted));
  return reply_with(to_api(updated));
}

Result<Reply> erase(Call& call) {
  TB_CHECK(delete_aggregator(*call.work, AggregatorId(call.id())));
  return no_content();
}

}  // namespace aggregator_routes

// A table: one route a line.
// clang-format off
void add_aggregator_routes(Router& router) {
  using namespace aggregator_routes;
  char const* const tag = "Aggregators";
  router.add({"GET", "/v1/aggregators", tag, "List aggregators", RouteKind::read, "aggregators", 200, {}, offset_schema<AggregatorV1>(), offset_parameters(fields()), list});
  router.add({"POST", "/v1/aggregators", tag, "Create an aggregator", RouteKind::write, "aggregators", 201, schema<AggregatorWrite>(), schema<AggregatorV1>(), {}, create});
  router.add({"GET", "/v1/aggregators/{id}", tag, "Get an aggregator", RouteKind::read, "aggregators", 200, {}, schema<AggregatorV1>(), {}, get});
  router.add({"PUT", "/v1/aggregators/{id}", tag, "Replace an aggregator", RouteKind::write, "aggregators", 200, schema<AggregatorWrite>(), schema<AggregatorV1>(), {}, update});
  router.add({"DELETE", "/v1/aggregators/{id}", tag, "Delete an aggregator no product uses", RouteKind::write, "aggregators", 204, {}, {}, {}, erase});
}
// clang-format on

}  // namespace tallybook::api
