#include "api/events/routes.hpp"
#include "api/protocol/reply.hpp"
#include "app/customer/customers.hpp"
#include "app/usage/customer_directory.hpp"
#include "store/events/decode/event_decoder.hpp"

namespace tallybook::api {

// The caller's id and any other keys: scalars, lists of scalars, nested objects.
struct EventRecord {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(EventRecord, (), (id))

struct BillableEvent {
  std::string customer_id;
  std::string event_type;
  Instant timestamp;
  EventRecord record;
};
BOOST_DESCRIBE_STRUCT(BillableEvent, (), (customer_id, event_type, timestamp, record))

struct BillableEventInput {
  std::string customer_id;
  std::string event_type;
  Value timestamp;
  EventRecord record;
};
BOOST_DESCRIBE_STRUCT(BillableEventInput, (), (customer_id, event_type, timestamp, record))

struct EventBatchResult {
  std::vector<BillableEvent> events_created;
  std::vector<BillableEvent> events_failed;
};
BOOST_DESCRIBE_STRUCT(EventBatchResult, (), (events_created, events_failed))

struct EventBatchAccepted {
  std::vector<BillableEvent> events_accepted;
  std::vector<BillableEvent> events_failed;
};
BOOST_DESCRIBE_STRUCT(EventBatchAccepted, (), (events_accepted, events_failed))

BOOST_DEFINE_ENUM_CLASS(EventMatching, record_ids, customer_id, event_type, all)

struct EventDelete {
  EventMatching matching{};
  std::optional<std::vector<std::string>> record_ids;
  std::optional<std::string> customer_id;
  std::optional<std::string> event_type;
};
BOOST_DESCRIBE_STRUCT(EventDelete, (), (matching, record_ids, customer_id, event_type))

namespace event_routes {

std::string event_json(std::string const& customer, std::string const& type, Instant at,
                       std::string const& record) {
  std::string text = "{\"customer_id\":";
  append_json_string(text, customer);
  text += ",\"event_type\":";
  append_json_string(text, type);
  text += ",\"timestamp\":\"" + format_instant(at) + "\",\"record\":" + record + "}";
  return text;
}

// The refused item as it came, with the reason beside its own keys.
std::string refused_json(DecodedEvent const& event) {
  std::string text = event.original_json;
  auto const last = text.find_last_not_of(" \t\r\n");
  if (text.starts_with('{') && last != std::string::npos && text[last] == '}') {
    text.resize(last);
    bool const empty = text.find_first_not_of(" \t\r\n{") == std::string::npos;
    text += empty ? "\"reason\":" : ",\"reason\":";
  } else {
    text = "{\"event\":" + (text.empty() ? "null" : text) + ",\"reason\":";
  }
  append_json_string(text, event.reason);
  return text + "}";
}

// Resolves the customers; an unknown one is a reason, like any other.
void resolve(Call& call, CustomerDirectory& directory, std::vector<DecodedEvent>& events,
             std::vector<std::string>& customers, bool batch) {
  std::vector<std::string> references;
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!events[i].accepted()) continue;
    references.push_back(events[i].customer_ref);
    at.push_back(i);
  }
  customers.assign(events.size(), "");
  if (references.empty()) return;
  std::vector<std::string> ids;
  call.services.database.read(
      [&](SqlSession& sql) { directory.resolve(sql, call.tenant, references, ids); });
  for (std::size_t k = 0; k < at.size(); ++k) {
    customers[at[k]] = ids[k];
    if (!ids[k].empty()) continue;
    std::string const path = batch ? "[" + std::to_string(at[k]) + "].customer_id" : "customer_id";
    events[at[k]].reason = path + ": no customer has this id or external id";
  }
}

// Durable when this returns.
void append(Call& call, std::vector<DecodedEvent> const& events,
            std::vector<std::string> const& customers) {
  std::vector<EventToStore> rows;
  rows.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto const& event = events[i];
    if (event.accepted())
      rows.push_back({call.tenant, customers[i], event.event_type, event.record_id, event.timestamp,
                      event.record_json});
  }
  if (!rows.empty()) call.services.events.append(std::move(rows));
}

Error refusal(std::string const& reason) {
  auto const colon = reason.find(": ");
  if (colon == std::string::npos) return errors::invalid(reason);
  return errors::invalid_field(reason.substr(0, colon), reason.substr(colon + 2));
}

Result<void> refuse_price_calculation(Call& call) {
  if (call.query.boolean("with_price_calculation", false)) {
    call.query.add_problem("with_price_calculation",
                           "prices per event are not offered by this version");
  }
  return call.query.check();
}

Result<Reply> ingest_one(Call& call, CustomerDirectory& directory, int status) {
  TB_CHECK(refuse_price_calculation(call));
  TB_TRY(event, decode_event(call.request.body));
  std::vector<DecodedEvent> events;
  events.push_back(std::move(event));
  std::vector<std::string> customers;
  resolve(call, directory, events, customers, false);
  if (!events.front().accepted()) return fail(refusal(events.front().reason));
  append(call, events, customers);
  return Reply{status, ""};
}

Result<Reply> ingest_batch(Call& call, CustomerDirectory& directory, int status,
                           char const* good_key) {
  TB_CHECK(refuse_price_calculation(call));
  TB_TRY(events, decode_events(call.request.body));
  std::vector<std::string> customers;
  resolve(call, directory, events, customers, true);
  append(call, events, customers);
  std::string good, bad;
  for (auto const& event : events) {
    auto& list = event.accepted() ? good : bad;
    if (!list.empty()) list += ',';
    list += event.accepted() ? event_json(event.customer_ref, event.event_type, event.timestamp,
                                          event.record_json)
                             : refused_json(event);
  }
  return Reply{
      status, "{\"" + std::string(good_key) + "\":[" + good + "],\"events_failed\":[" + bad + "]}"};
}

Result<Reply> list(Call& call) {
  EventListQuery query;
  query.tenant = call.tenant;
  auto const* type = call.query.find("event_type");
  if (type == nullptr || type->empty()) call.query.add_problem("event_type", "required");
  OffsetPage const page = offset_page(call.query);
  query.ascending = call.query.option("order", {"asc", "desc"}).value_or("desc") == "asc";
  call.query.option("sort", {"timestamp"});
  for (char const* name : {"timestamp_gte", "timestamp__gte"}) {
    if (auto const at = call.query.instant(name)) query.from = at;
  }
  for (char const* name : {"timestamp_lte", "timestamp__lte"}) {
    if (auto const at = call.query.instant(name)) query.to = at;
  }
  for (char const* name : {"record_id", "record_id__in"}) {
    for (auto& id : call.query.all(name)) query.record_ids.push_back(std::move(id));
  }
  TB_CHECK(call.query.check());
  query.event_type = *type;
  query.take = static_cast<std::uint64_t>(page.take);
  query.skip = static_cast<std::uint64_t>(page.skip);
  if (auto const* customer = call.query.find("customer_id");
      customer != nullptr && !customer->empty()) {
    std::string id = *customer;
    call.services.database.read([&](SqlSession& sql) {
      if (auto const found = find_customer_by_reference(sql, call.tenant, *customer))
        id = found->id.value;
    });
    query.customer_ids = {id};
  }
  auto const found = call.services.events.list(query);
  std::vector<std::string> rows;
  for (auto const& event : found.events)
    rows.push_back(
        event_json(event.customer_id, event.event_type, event.timestamp, event.record_json));
  return Reply{200, offset_envelope(static_cast<std::int64_t>(found.total),
                                    static_cast<std::int64_t>(rows.size()), page.skip, rows)};
}

Result<Reply> remove(Call& call) {
  if (call.tenant.mode == Mode::live)
    return fail(errors::forbidden("Events are deleted in test mode only"));
  TB_TRY(body, read_body<EventDelete>(call));
  EventStore::Deletion what;
  what.tenant = call.tenant;
  what.event_type = body.event_type;
  switch (body.matching) {
    case EventMatching::record_ids:
      if (!body.record_ids || body.record_ids->empty() || body.record_ids->size() > 5000)
        return fail(errors::invalid_field("record_ids", "expected 1 to 5,000 ids"));
      what.record_ids = *body.record_ids;
      break;
    case EventMatching::customer_id: {
      if (!body.customer_id) return fail(errors::invalid_field("customer_id", "required"));
      std::string id = *body.customer_id;
      call.services.database.read([&](SqlSession& sql) {
        if (auto const found = find_customer_by_reference(sql, call.tenant, id))
          id = found->id.value;
      });
      what.customer_id = id;
      break;
    }
    case EventMatching::event_type:
      if (!body.event_type) return fail(errors::invalid_field("event_type", "required"));
      break;
    case EventMatching::all:
      what.all = true;
      break;
  }
  return Reply{200, std::to_string(call.services.events.remove(what))};
}

}  // namespace event_routes

// A table: one route a line.
// clang-format off
void add_event_routes(Router& router, CustomerDirectory& directory) {
  using namespace event_routes;
  char const* const tag = "Billable events";
  char const* const scope = "events";
  std::vector<QueryParameter> const price = {{"with_price_calculation", "true is refused: prices per event are not offered"}};
  auto const add = [&](Route route) {
    route.raw_body = true;
    router.add(std::move(route));
  };
  add({"POST", "/v1/events", tag, "Ingest an event; the same record id replaces it", RouteKind::free, scope, 201, schema<BillableEventInput>(), {}, price,
       [&directory](Call& call) { return ingest_one(call, directory, 201); }});
  add({"POST", "/v2/events", tag, "Ingest an event; the same record id replaces it", RouteKind::free, scope, 202, schema<BillableEventInput>(), {}, price,
       [&directory](Call& call) { return ingest_one(call, directory, 202); }});
  add({"POST", "/v1/events/batch", tag, "Ingest up to 5,000 events", RouteKind::free, scope, 201, schema<std::vector<BillableEventInput>>(), schema<EventBatchResult>(), price,
       [&directory](Call& call) { return ingest_batch(call, directory, 201, "events_created"); }});
  add({"POST", "/v2/events/batch", tag, "Ingest up to 5,000 events", RouteKind::free, scope, 202, schema<std::vector<BillableEventInput>>(), schema<EventBatchAccepted>(), price,
       [&directory](Call& call) { return ingest_batch(call, directory, 202, "events_accepted"); }});
  router.add({"GET", "/v1/events", tag, "List the events of a type", RouteKind::free, scope, 200, {}, offset_schema<BillableEvent>(),
              {{"event_type", "the type", true}, {"customer_id", "our id or the external one"}, {"record_id__in", "record ids"}, {"timestamp_gte", "from, inclusive"},
               {"timestamp_lte", "to, inclusive"}, {"order", "asc or desc (default)"}, {"take", "rows per page, 0 to 100"}, {"skip", "rows to pass over"}},
              list});
  SchemaOf const number = [](reflect::Schemas&) {
    Value schema;
    schema["type"] = "integer";
    return schema;
  };
  router.add({"DELETE", "/v1/events", tag, "Delete events (test mode)", RouteKind::free, scope, 200, schema<EventDelete>(), number, {}, remove});
}
// clang-format on

}  // namespace tallybook::api
