#include <algorithm>
#include <map>

#include "api/events/routes.hpp"
#include "api/protocol/reply.hpp"
#include "app/customer/customers.hpp"
#include "domain/subscription/metering.hpp"

namespace tallybook::api {

struct AggregatorUsageThreshold {
  std::string id;
  std::string name;
  Exact value;
};
BOOST_DESCRIBE_STRUCT(AggregatorUsageThreshold, (), (id, name, value))

struct AggregatorUsage {
  std::string id;
  std::string name;
  std::optional<std::string> unit_name;
  std::vector<AggregatorUsageThreshold> thresholds;
};
BOOST_DESCRIBE_STRUCT(AggregatorUsage, (), (id, name, unit_name, thresholds))

struct TimeseriesPoint {
  Instant tick;
  Exact count;
};
BOOST_DESCRIBE_STRUCT(TimeseriesPoint, (), (tick, count))

struct AggregatorTimeseries {
  std::vector<TimeseriesPoint> timeseries;
  Exact total;
};
BOOST_DESCRIBE_STRUCT(AggregatorTimeseries, (), (timeseries, total))

struct CustomerUsageGroup {
  std::string customer_id;
  Exact total;
  std::vector<std::string> subscription_ids;
};
BOOST_DESCRIBE_STRUCT(CustomerUsageGroup, (), (customer_id, total, subscription_ids))

struct AggregatorUsageQuery {
  Instant start_date;
  Instant end_date;
  std::optional<std::string> aggregator_filter_id;
  std::optional<int> take;
  std::optional<int> skip;
};
BOOST_DESCRIBE_STRUCT(AggregatorUsageQuery, (),
                      (start_date, end_date, aggregator_filter_id, take, skip))

struct AggregatedEvent {
  std::string id;
  std::string name;
  Instant timestamp;
  JsonText payload;
};
BOOST_DESCRIBE_STRUCT(AggregatedEvent, (), (id, name, timestamp, payload))

struct CustomerUsage {
  std::string aggregator_id;
  std::string name;
  std::optional<std::string> unit_name;
  Exact total;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(CustomerUsage, (), (aggregator_id, name, unit_name, total, count))

struct UsageByKey {
  std::string key;
  Exact total;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(UsageByKey, (), (key, total, count))

struct CustomerAggregatorUsage {
  std::string aggregator_id;
  Exact total;
  std::int64_t count = 0;
  Instant period_start;
  Instant period_end;
  std::optional<std::vector<UsageByKey>> groups;
};
BOOST_DESCRIBE_STRUCT(CustomerAggregatorUsage, (),
                      (aggregator_id, total, count, period_start, period_end, groups))

namespace usage_routes {

std::string name_of(Aggregator const& aggregator) {
  return aggregator.name.value_or(aggregator.entity);
}

Result<Aggregator> aggregator_of(Call& call, char const* parameter) {
  auto aggregator = Records<Aggregator>(*call.sql, call.tenant).find(call.id(parameter));
  if (!aggregator) return fail(errors::not_found("Aggregator"));
  return *std::move(aggregator);
}

// [start_date, end_date): a query's window, from the query or from a POST body.
struct Window {
  UsageQuery usage;
  OffsetPage page;
};

Result<Window> window_of(Call& call, Aggregator const* aggregator) {
  Window window;
  window.usage.tenant = call.tenant;
  if (aggregator != nullptr) window.usage.rule = rule_of(*aggregator);
  std::optional<Instant> start, end;
  std::string filter;
  if (call.request.method == "POST") {
    TB_TRY(body, read_body<AggregatorUsageQuery>(call));
    start = body.start_date;
    end = body.end_date;
    filter = body.aggregator_filter_id.value_or("");
    window.page = {body.take.value_or(50), body.skip.value_or(0)};
    if (window.page.take < 0 || window.page.take > 100 || window.page.skip < 0)
      return fail(errors::invalid_field("take", "expected 0 to 100"));
  } else {
    start = call.query.instant("start_date");
    end = call.query.instant("end_date");
    for (char const* name : {"start_date", "end_date"}) {
      auto const* text = call.query.find(name);
      if (text == nullptr || text->empty()) call.query.add_problem(name, "required");
    }
    if (auto const* text = call.query.find("aggregator_filter_id")) filter = *text;
    window.page = offset_page(call.query);
    TB_CHECK(call.query.check());
  }
  if (!filter.empty())
    return fail(errors::invalid_field("aggregator_filter_id", "the aggregator has no such filter"));
  if (*end <= *start)
    return fail(errors::invalid_field("end_date", "expected a moment after start_date"));
  window.usage.from = *start;
  window.usage.to = *end;
  return window;
}

Result<Reply> aggregator_usage(Call& call) {
  TB_TRY(aggregator, aggregator_of(call, "id"));
  AggregatorUsage wire{aggregator.id.value, name_of(aggregator), aggregator.unit_name, {}};
  for (auto const& threshold : aggregator.thresholds)
    wire.thresholds.push_back({threshold.id, threshold.name, threshold.threshold_value});
  return reply_with(wire);
}

Result<Reply> timeseries(Call& call) {
  TB_TRY(aggregator, aggregator_of(call, "id"));
  auto const by = call.query.option("group_by", {"month", "day", "hour"}).value_or("month");
  TB_TRY(window, window_of(call, &aggregator));
  TickSize const size = by == "hour"  ? TickSize::hour
                        : by == "day" ? TickSize::day
                                      : TickSize::month;
  if (auto const* customer = call.query.find("customer_id");
      customer != nullptr && !customer->empty()) {
    auto const found = find_customer_by_reference(*call.sql, call.tenant, *customer);
    if (!found) return fail(errors::invalid_field("customer_id", "no such customer"));
    window.usage.customer_ids = {found->id.value};
  }
  auto const ticks = call.services.events.usage_over_time(window.usage, size);
  std::map<std::int64_t, Exact> known;
  for (auto const& tick : ticks) known[tick.at.ms] = tick.quantity;
  AggregatorTimeseries wire;
  wire.total = call.services.events.usage(window.usage).quantity;
  // Quiet ticks are shown as what no event gives, up to a chart's worth of them.
  Exact const quiet = quantity_of_nothing(window.usage.rule);
  for (Instant at = tick_of(window.usage.from, size);
       at < window.usage.to && wire.timeseries.size() < most_ticks; at = next_tick(at, size)) {
    auto const found = known.find(at.ms);
    wire.timeseries.push_back({at, found == known.end() ? quiet : found->second});
  }
  return reply_with(wire);
}

Result<Reply> by_customer(Call& call) {
  TB_TRY(aggregator, aggregator_of(call, "id"));
  TB_TRY(window, window_of(call, &aggregator));
  auto const groups = call.services.events.usage_by_customer(window.usage);
  std::vector<std::string> rows;
  for (std::size_t i = static_cast<std::size_t>(window.page.skip);
       i < groups.size() && rows.size() < static_cast<std::size_t>(window.page.take); ++i) {
    CustomerUsageGroup group{groups[i].key, groups[i].quantity, {}};
    for (auto const& subscription :
         Records<Subscription>(*call.sql, call.tenant)
             .where("customer_id = ? ORDER BY created_at, id", {groups[i].key})) {
      group.subscription_ids.push_back(subscription.id.value);
    }
    rows.push_back(reflect::to_text(group));
  }
  return Reply{200,
               offset_envelope(static_cast<std::int64_t>(groups.size()),
                               static_cast<std::int64_t>(rows.size()), window.page.skip, rows)};
}

// A line that is priced by what the aggregator counts: its price groups part the events.
Result<SubscriptionLine> line_counting_with(Call& call, Aggregator const& aggregator,
                                            std::string const& id) {
  auto line = Records<SubscriptionLine>(*call.sql, call.tenant).find(id);
  if (!line || line->aggregator_id != aggregator.id.value)
    return fail(errors::invalid_field("subscription_line_id",
                                      "expected a line that is priced by this aggregator"));
  return *std::move(line);
}

Result<Reply> events_of(Call& call) {
  TB_TRY(aggregator, aggregator_of(call, "id"));
  TB_TRY(window, window_of(call, &aggregator));
  EventListQuery query;
  query.tenant = call.tenant;
  query.event_type = aggregator.entity;
  query.from = window.usage.from;
  query.to = window.usage.to;
  query.to_inclusive = false;
  query.counted_by = rule_of(aggregator);
  if (call.request.method == "GET") {
    // Extensions: one customer's, as they were known at a sequence (explanations link here).
    query.customer_ids = call.query.all("customer_id");
    query.as_of = static_cast<std::uint64_t>(call.query.number("as_of", INT64_MAX, 0, INT64_MAX));
    TB_CHECK(call.query.check());
    if (auto const* line = call.query.find("subscription_line_id")) {
      TB_TRY(source, line_counting_with(call, aggregator, *line));
      std::optional<std::string> group;
      if (auto const* name = call.query.find("price_group")) group = *name;
      query.counted_by = rule_of_group(*query.counted_by, source, group);
    }
  }
  query.take = static_cast<std::uint64_t>(window.page.take);
  query.skip = static_cast<std::uint64_t>(window.page.skip);
  auto const found = call.services.events.list(query);
  std::vector<std::string> rows;
  for (auto const& event : found.events)
    rows.push_back(reflect::to_text(
        AggregatedEvent{event.record_id, event.event_type, event.timestamp, {event.record_json}}));
  return Reply{200,
               offset_envelope(static_cast<std::int64_t>(found.total),
                               static_cast<std::int64_t>(rows.size()), window.page.skip, rows)};
}

Result<Customer> customer_of(Call& call) {
  auto customer = Records<Customer>(*call.sql, call.tenant).find(call.id());
  if (!customer || customer->deleted_at) return fail(errors::not_found("Customer"));
  return *std::move(customer);
}

Result<Reply> customer_usage(Call& call) {
  TB_TRY(customer, customer_of(call));
  TB_TRY(window, window_of(call, nullptr));
  std::vector<CustomerUsage> list;
  for (auto const& aggregator :
       Records<Aggregator>(*call.sql, call.tenant).where("1=1 ORDER BY created_at, id")) {
    window.usage.rule = rule_of(aggregator);
    window.usage.customer_ids = {customer.id.value};
    auto const usage = call.services.events.usage(window.usage);
    list.push_back({aggregator.id.value, name_of(aggregator), aggregator.unit_name, usage.quantity,
                    static_cast<std::int64_t>(usage.count)});
  }
  return reply_with(list);
}

Result<Reply> customer_aggregator_usage(Call& call) {
  TB_TRY(customer, customer_of(call));
  TB_TRY(aggregator, aggregator_of(call, "aggregator_id"));
  TB_TRY(window, window_of(call, &aggregator));
  window.usage.customer_ids = {customer.id.value};
  auto const usage = call.services.events.usage(window.usage);
  CustomerAggregatorUsage wire{
      aggregator.id.value, usage.quantity,  static_cast<std::int64_t>(usage.count),
      window.usage.from,   window.usage.to, {}};
  if (auto const* key = call.query.find("group_by"); key != nullptr && !key->empty()) {
    auto const& keys = aggregator.exposed_event_keys;
    if (std::find(keys.begin(), keys.end(), *key) == keys.end())
      return fail(
          errors::invalid_field("group_by", "expected one of the aggregator's exposed_event_keys"));
    window.usage.as_of = usage.as_of;
    wire.groups.emplace();
    for (auto const& group : call.services.events.usage_by_property(window.usage, *key)) {
      wire.groups->push_back({group.key, group.quantity, static_cast<std::int64_t>(group.count)});
    }
  }
  return reply_with(wire);
}

}  // namespace usage_routes

// A table: one route a line.
// clang-format off
void add_usage_routes(Router& router) {
  using namespace usage_routes;
  char const* const tag = "Aggregators";
  char const* const scope = "usage";
  std::vector<QueryParameter> const dates = {{"start_date", "from, inclusive", true}, {"end_date", "to, exclusive", true}, {"aggregator_filter_id", "a stored filter"}};
  auto paged = dates;
  paged.push_back({"take", "rows per page, 0 to 100"});
  paged.push_back({"skip", "rows to pass over"});
  auto ticks = dates;
  ticks.push_back({"group_by", "month (default), day or hour"});
  ticks.push_back({"customer_id", "one customer only (extension)"});
  auto traced = paged;
  traced.push_back({"customer_id", "of this customer (extension)"});
  traced.push_back({"as_of", "as they were known at this sequence (extension)"});
  traced.push_back({"subscription_line_id", "of one group of this line's prices (extension)"});
  traced.push_back({"price_group", "the group; when absent those of none (extension)"});
  auto grouped = dates;
  grouped.push_back({"group_by", "one of the aggregator's exposed_event_keys (extension)"});
  router.add({"GET", "/v1/aggregators/{id}/usage", tag, "What an aggregator shows", RouteKind::read, scope, 200, {}, schema<AggregatorUsage>(), {}, aggregator_usage});
  router.add({"GET", "/v1/aggregators/{id}/usage/timeseries", tag, "Usage over time", RouteKind::read, scope, 200, {}, schema<AggregatorTimeseries>(), ticks, timeseries});
  router.add({"POST", "/v1/aggregators/{id}/usage/group-by-customer", tag, "Usage by customer", RouteKind::read, scope, 200, schema<AggregatorUsageQuery>(), offset_schema<CustomerUsageGroup>(), {}, by_customer});
  router.add({"GET", "/v1/aggregators/{id}/usage/group-by-customer", tag, "Usage by customer (older form)", RouteKind::read, scope, 200, {}, offset_schema<CustomerUsageGroup>(), paged, by_customer});
  router.add({"POST", "/v1/aggregators/{id}/usage/events", tag, "The events an aggregator counts", RouteKind::read, scope, 200, schema<AggregatorUsageQuery>(), offset_schema<AggregatedEvent>(), {}, events_of});
  router.add({"GET", "/v1/aggregators/{id}/usage/events", tag, "The events an aggregator counts (older form)", RouteKind::read, scope, 200, {}, offset_schema<AggregatedEvent>(), traced, events_of});
  router.add({"GET", "/v1/customers/{id}/usage", "Customers > Usage", "A customer's usage by aggregator", RouteKind::read, scope, 200, {}, schema<std::vector<CustomerUsage>>(), dates, customer_usage});
  router.add({"GET", "/v1/customers/{id}/usage/{aggregator_id}", "Customers > Usage", "A customer's usage of one aggregator", RouteKind::read, scope, 200, {}, schema<CustomerAggregatorUsage>(), grouped, customer_aggregator_usage});
}
// clang-format on

}  // namespace tallybook::api
