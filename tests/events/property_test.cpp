// The store against the pure evaluator: random events, replacements, deletions, restarts, filters
// and operations, at every as_of. RapidCheck prints the seed of each run.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

#include "app/usage/shared_counts.hpp"
#include "domain/usage/running_values.hpp"
#include "events/events_support.hpp"
#include "store/events/record/record_reader.hpp"

namespace events_support {
namespace {

using ModelKey = std::tuple<std::string, int, std::string, std::string>;

struct Version {
  EventToStore event;
  std::uint64_t sequence;
};

ModelKey key_of(EventToStore const& event) {
  return {event.tenant.account_id, static_cast<int>(event.tenant.mode), event.event_type,
          event.record_id};
}

struct Model {
  std::vector<Version> versions;

  std::map<ModelKey, Version> live(std::uint64_t as_of) const {
    std::map<ModelKey, Version> newest;
    for (auto const& version : versions)
      if (version.sequence <= as_of) newest.insert_or_assign(key_of(version.event), version);
    std::erase_if(newest, [](auto const& entry) { return entry.second.event.deleted; });
    return newest;
  }

  Usage expected(UsageQuery const& query) const {
    bool const running = query.rule.operation == AggregatorOperation::weighted_sum;
    if (running && !query.rule.formula) return expected_running(query);
    return aggregate(query.rule, events(query));
  }

  // The average of a value that every event changes, those before the window included.
  Usage expected_running(UsageQuery const& query) const {
    Usage usage;
    if (query.to <= query.from) return usage;
    UsageQuery since_ever = query;
    since_ever.from = Instant{0};
    Exact carried;
    std::vector<ValueChange> changes;
    for (auto const& event : events(since_ever)) {
      auto const value = event.properties.find(query.rule.property);
      if (!selects(query.rule, event) || value == event.properties.end()) continue;
      bool const numeric = value->second.kind == RecordValue::Kind::number ||
                           value->second.kind == RecordValue::Kind::text;
      auto const number = numeric ? Exact::parse(value->second.text) : std::nullopt;
      if (!number) continue;
      if (event.timestamp < query.from) {
        carried += *number;
        continue;
      }
      changes.push_back({event.timestamp, *number});
      usage.count += 1;
    }
    usage.quantity = weighted_value({query.from, query.to}, carried, changes).average;
    if (!query.rule.allow_negative_values) usage.quantity = max(usage.quantity, 0);
    return usage;
  }

  std::vector<UsageEvent> events(UsageQuery const& query) const {
    std::vector<UsageEvent> events;
    for (auto const& [key, version] : live(query.as_of)) {
      EventToStore const& event = version.event;
      bool const wanted =
          query.customer_ids.empty() ||
          std::ranges::find(query.customer_ids, event.customer_id) != query.customer_ids.end();
      if (!(event.tenant == query.tenant) || event.event_type != query.rule.event_type || !wanted ||
          event.timestamp < query.from || event.timestamp >= query.to)
        continue;
      events.push_back({event.record_id, event.customer_id, event.timestamp,
                        flatten_record(event.record_json), version.sequence});
    }
    return events;
  }
};

std::string any_of(std::vector<std::string> const& choices) { return *rc::gen::elementOf(choices); }

std::string any_customer() { return any_of({"cus_1", "cus_2", "cus_3"}); }
std::string any_type() { return any_of({"calls", "bytes"}); }
Tenant any_tenant() {
  return {any_of({"acc_1", "acc_2"}), *rc::gen::element(Mode::live, Mode::test)};
}
Instant any_time() { return Instant{*rc::gen::inRange<std::int64_t>(0, 50) * 3'600'000}; }

std::string any_json() {
  return any_of({"1",
                 "0",
                 "-1",
                 "2.50",
                 "2.5",
                 "0.1",
                 "0.2",
                 "-0.3",
                 "1e3",
                 "1E-7",
                 "1e-20",
                 "0.0000000000000000001",
                 "99999999999999999999999999999999999999",
                 "12345678901234567890.123",
                 "\"3\"",
                 "\"3.0\"",
                 "\"-4\"",
                 "\"\"",
                 "\"abc\"",
                 "\"ab%_\"",
                 "\"e'\\\"x\"",
                 "true",
                 "false",
                 "null",
                 "[1,2]",
                 "\"\\u00fc\"",
                 "\" 1\"",
                 "\"+1\"",
                 "\"1_0\"",
                 "\".5\"",
                 "-0",
                 "0.10"});
}

EventToStore any_event() {
  std::string const id = "id" + std::to_string(*rc::gen::inRange(0, 12));
  std::string record = "{\"id\":\"" + id + "\"";
  if (*rc::gen::inRange(0, 5) > 0) record += ",\"n\":" + any_json();
  if (*rc::gen::arbitrary<bool>()) record += ",\"meta\":{\"region\":" + any_json() + "}";
  return {any_tenant(),
          any_customer(),
          any_type(),
          id,
          any_time(),
          record + "}",
          *rc::gen::inRange(0, 6) == 0};
}

RecordValue any_value() { return flatten_record("{\"v\":" + any_json() + "}").at("v"); }

FilterField any_field() {
  FilterField field;
  field.property = any_of({"n", "meta.region", "id", "absent", "n'; DROP TABLE events"});
  field.op = static_cast<FilterOperator>(*rc::gen::inRange(0, 14));
  if (field.op == FilterOperator::isNull || field.op == FilterOperator::isNotNull) return field;
  bool const several = field.op == FilterOperator::in || field.op == FilterOperator::notIn;
  int const wanted = several ? *rc::gen::inRange(1, 4) : 1;
  for (int i = 0; i < wanted; ++i) field.values.push_back(any_value());
  return field;
}

EventFilter any_filter() {
  EventFilter filter;
  filter.conditional = *rc::gen::element(FilterConditional::and_, FilterConditional::or_);
  for (int i = *rc::gen::inRange(1, 3); i > 0; --i) filter.fields.push_back(any_field());
  return filter;
}

UsageQuery any_query(std::uint64_t last) {
  UsageQuery query;
  query.tenant = any_tenant();
  query.rule.event_type = any_type();
  query.rule.operation = static_cast<AggregatorOperation>(*rc::gen::inRange(0, 8));
  if (query.rule.operation != AggregatorOperation::count)
    query.rule.property = any_of({"n", "meta.region", "id"});
  if (*rc::gen::inRange(0, 4) == 0)
    query.rule.formula = any_of({"greatest(sum(n), 5) - count(meta.region)", "avg(n) / count(*)",
                                 "if(min(n) < 0 or max(n) > 3, -count(*), sum(meta.region) * 2)"});
  if (*rc::gen::inRange(0, 4) == 0) query.rule.also.push_back(any_filter());
  for (int i = *rc::gen::inRange(-4, 3); i > 0; --i) query.rule.unless.push_back(any_filter());
  if (*rc::gen::inRange(0, 5) == 0)
    query.rule.group = PropertyText{any_of({"n", "meta.region", "absent"}), any_value().text};
  query.rule.allow_negative_values = *rc::gen::arbitrary<bool>();
  query.rule.where.conditional = *rc::gen::element(FilterConditional::and_, FilterConditional::or_);
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) query.rule.where.fields.push_back(any_field());
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) query.customer_ids.push_back(any_customer());
  query.from = *rc::gen::arbitrary<bool>() ? Instant{0} : any_time();
  query.to = *rc::gen::arbitrary<bool>() ? Instant{max_instant_ms} : any_time();
  if (*rc::gen::arbitrary<bool>()) query.as_of = *rc::gen::inRange<std::uint64_t>(0, last + 1);
  return query;
}

void remove_some(EventStore& store, Model& model) {
  EventStore::Deletion what;
  what.tenant = any_tenant();
  if (*rc::gen::arbitrary<bool>())
    what.record_ids = {"id" + std::to_string(*rc::gen::inRange(0, 12)), "id3"};
  if (*rc::gen::arbitrary<bool>()) what.customer_id = any_customer();
  if (*rc::gen::arbitrary<bool>()) what.event_type = any_type();
  what.all = *rc::gen::inRange(0, 4) == 0;
  bool const bounded = !what.record_ids.empty() || what.customer_id || what.event_type;
  std::vector<Version> gone;
  if (bounded || what.all)
    for (auto const& [key, version] : model.live(latest_sequence)) {
      EventToStore const& event = version.event;
      bool const named =
          what.record_ids.empty() ||
          std::ranges::find(what.record_ids, event.record_id) != what.record_ids.end();
      if (event.tenant == what.tenant && named &&
          (!what.customer_id || event.customer_id == *what.customer_id) &&
          (!what.event_type || event.event_type == *what.event_type))
        gone.push_back(version);
    }
  std::ranges::sort(gone, {}, &Version::sequence);
  std::uint64_t last = store.last_sequence();
  RC_ASSERT(store.remove(what) == gone.size());
  for (auto& version : gone) {
    version.event.deleted = true;
    model.versions.push_back({version.event, ++last});
  }
  RC_ASSERT(store.last_sequence() == last);
}

void compare(EventStore& store, Model const& model) {
  UsageQuery const query = any_query(store.last_sequence());
  Usage const expected = model.expected(query);
  UsageResult const found = store.usage(query);
  RC_ASSERT(found.count == expected.count);
  RC_ASSERT(found.quantity.str() == expected.quantity.str());
  EventListQuery those;
  those.tenant = query.tenant;
  those.event_type = query.rule.event_type;
  those.customer_ids = query.customer_ids;
  those.from = query.from;
  those.to = query.to;
  those.to_inclusive = false;
  those.counted_by = query.rule;
  those.as_of = query.as_of;
  RC_ASSERT(store.list(those).total == expected.count);
  std::uint64_t grouped = 0;
  for (auto const& group : store.usage_by_customer(query)) {
    UsageQuery one = query;
    one.customer_ids = {group.key};
    RC_ASSERT(group.quantity.str() == model.expected(one).quantity.str());
    grouped += group.count;
  }
  RC_ASSERT(grouped == expected.count);
  grouped = 0;
  for (auto const& group : store.usage_by_property(query, "meta.region")) grouped += group.count;
  RC_ASSERT(grouped == expected.count);
  // A running value has a tick for every day up to the end of time.
  if (query.rule.operation == AggregatorOperation::weighted_sum && !query.rule.formula) return;
  grouped = 0;
  for (auto const& tick : store.usage_over_time(query, TickSize::day)) grouped += tick.count;
  RC_ASSERT(grouped == expected.count);
}

// What is counted for all customers of a batch is what each would be told alone, whichever
// questions were asked before with nearly the same rule.
void compare_shared(EventStore& store, Model const& model) {
  SharedCounts shared({"cus_1", "cus_2"});
  UsageQuery query = any_query(store.last_sequence());
  query.tenant = acme;
  for (int question = 0; question < 3; ++question) {
    query.as_of = latest_sequence;
    for (char const* customer : {"cus_1", "cus_2", "cus_3", "cus_1", "cus_2"}) {
      query.customer_ids = {customer};
      UsageResult const found = shared.usage(store, query);
      Usage const expected = model.expected(query);
      RC_ASSERT(found.quantity.str() == expected.quantity.str());
      RC_ASSERT(found.count == expected.count);
      RC_ASSERT(found.as_of == store.last_sequence());
    }
    UsageQuery const other = any_query(store.last_sequence());
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        query.to = other.to;
        break;
      case 1:
        query.rule.operation = other.rule.operation;
        query.rule.property = "n";
        break;
      case 2:
        query.rule.where = other.rule.where;
        break;
      case 3:
        query.rule.group = other.rule.group;
        break;
      case 4:
        std::swap(query.rule.also, query.rule.unless);
        break;
      default:
        query.rule.allow_negative_values = !query.rule.allow_negative_values;
    }
  }
}

TEST(StoreProperty, CountsOfManyCustomersAreThoseOfEach) {
  bool const held = rc::check("shared counts equal aggregate()", [] {
    Folder folder;
    auto store = DuckDbEventStore::open(folder.path());
    Model model;
    auto batch = *rc::gen::resize(40, rc::gen::container<std::vector<EventToStore>>(
                                          rc::gen::exec([] { return any_event(); })));
    for (auto& event : batch) event.tenant = acme;
    std::uint64_t sequence = store->last_sequence();
    for (auto const& event : batch) model.versions.push_back({event, ++sequence});
    RC_ASSERT(store->append(batch) == sequence);
    for (int i = 0; i < 3; ++i) compare_shared(*store, model);
  });
  EXPECT_TRUE(held);
}

// Between two sequences nothing changed for a customer outside the span that is told.
TEST(StoreProperty, NothingChangesOutsideTheSpanOfChanges) {
  bool const held = rc::check("changed_between is where something changed", [] {
    Folder folder;
    auto store = DuckDbEventStore::open(folder.path());
    Model model;
    int const steps = *rc::gen::inRange(2, 8);
    for (int step = 0; step < steps; ++step) {
      if (*rc::gen::inRange(0, 4) == 0) {
        remove_some(*store, model);
        continue;
      }
      auto batch = *rc::gen::resize(6, rc::gen::container<std::vector<EventToStore>>(
                                           rc::gen::exec([] { return any_event(); })));
      std::uint64_t sequence = store->last_sequence();
      for (auto const& event : batch) model.versions.push_back({event, ++sequence});
      RC_ASSERT(store->append(batch) == sequence);
    }
    auto const last = static_cast<int>(store->last_sequence());
    auto const since = static_cast<std::uint64_t>(*rc::gen::inRange(0, last + 1));
    auto const until =
        static_cast<std::uint64_t>(*rc::gen::inRange(static_cast<int>(since), last + 1));
    UsageQuery query = any_query(store->last_sequence());
    query.customer_ids = {"cus_1"};
    auto const span =
        store->changed_between(query.tenant, query.rule.event_type, "cus_1", since, until);
    auto const same = [&](Instant from, Instant to) {
      query.from = from;
      query.to = to;
      query.as_of = since;
      auto const before = model.expected(query);
      query.as_of = until;
      auto const after = model.expected(query);
      return before.quantity.str() == after.quantity.str() && before.count == after.count;
    };
    Instant const begin{-1'000'000'000'000'000};
    Instant const end{max_instant_ms};
    if (!span) {
      RC_ASSERT(same(begin, end));
      return;
    }
    RC_ASSERT(since < until);
    // A running value carries what changed to everything after it.
    bool const running = query.rule.operation == AggregatorOperation::weighted_sum;
    RC_ASSERT(running || same(begin, span->first));
    RC_ASSERT(running || same(span->last + 1, end));
  });
  EXPECT_TRUE(held);
}

TEST(StoreProperty, AnswersWhatThePureEvaluatorAnswers) {
  bool const held = rc::check("store equals aggregate()", [] {
    Folder folder;
    auto store = DuckDbEventStore::open(folder.path());
    Model model;
    int const steps = *rc::gen::inRange(1, 25);
    for (int step = 0; step < steps; ++step) {
      int const kind = *rc::gen::inRange(0, 20);
      if (kind < 10) {
        auto batch = *rc::gen::resize(12, rc::gen::container<std::vector<EventToStore>>(
                                              rc::gen::exec([] { return any_event(); })));
        std::uint64_t sequence = store->last_sequence();
        for (auto const& event : batch) model.versions.push_back({event, ++sequence});
        RC_ASSERT(store->append(batch) == sequence);
      } else if (kind < 12) {
        remove_some(*store, model);
      } else if (kind < 13) {
        store.reset();
        store = DuckDbEventStore::open(folder.path());
      } else {
        compare(*store, model);
      }
    }
    for (int i = 0; i < 5; ++i) compare(*store, model);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace events_support
