#include "store/events/duckdb/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "domain/usage/running_values.hpp"
#include "store/events/bloom/seen_filter.hpp"

namespace tallybook::duckdb_detail {
namespace {

Evaluation evaluation_of(AggregatorRule const& rule) {
  Evaluation evaluation;
  evaluation.rule = rule;
  // What a running value loses is an event like any other.
  evaluation.allow_negative =
      rule.allow_negative_values || rule.operation == AggregatorOperation::weighted_sum;
  switch (rule.operation) {
    case AggregatorOperation::count:
      evaluation.take = Evaluation::Take::everything;
      break;
    case AggregatorOperation::count_unique:
      evaluation.take = Evaluation::Take::distinct;
      break;
    default:
      evaluation.take = Evaluation::Take::number;
  }
  return evaluation;
}

// The SQL of the quantity over the values `v` that take part.
char const* quantity_sql(AggregatorOperation operation) {
  switch (operation) {
    case AggregatorOperation::count:
      return "count(v)::VARCHAR";
    case AggregatorOperation::count_unique:
      return "count(DISTINCT v)::VARCHAR";
    case AggregatorOperation::sum:
    case AggregatorOperation::avg:
    case AggregatorOperation::weighted_sum:
      return "tb_sum(v)";
    case AggregatorOperation::min:
      return "tb_min(v)";
    case AggregatorOperation::max:
      return "tb_max(v)";
    // Timestamps and sequences are below 2^63: one whole number orders by both.
    case AggregatorOperation::last:
      return "arg_max(v, ts::HUGEINT * 9223372036854775807::HUGEINT + sequence::HUGEINT)";
  }
  return "";
}

Exact quantity_of(Rows const& rows, unsigned column, AggregatorOperation operation,
                  std::uint64_t count) {
  if (rows.is_null(column)) return {};
  // `last` is the record's own text, the rest are our fractions.
  auto quantity = operation == AggregatorOperation::last ? Exact::parse(rows.text(column))
                                                         : Exact::parse_fraction(rows.text(column));
  TB_ASSERT(quantity.has_value());
  if (operation == AggregatorOperation::avg && count > 0)
    *quantity /= Exact(static_cast<std::int64_t>(count));
  return *std::move(quantity);
}

char const* tick_name(TickSize size) {
  switch (size) {
    case TickSize::hour:
      return "hour";
    case TickSize::day:
      return "day";
    case TickSize::month:
      return "month";
  }
  return "";
}

// Which events take part in the rule. Every event a formula selects does: its aggregates read
// different ones of them.
Evaluation taking_part(AggregatorRule const& rule) {
  if (!rule.formula) return evaluation_of(rule);
  return evaluation_of(rule_of_aggregate(rule, {FormulaFunction::count_all, ""}));
}

// Conditions of a list beyond the live versions; texts are bound.
std::string list_conditions(EventListQuery const& query, Code stream,
                            std::string const& evaluation) {
  std::string sql;
  if (query.to)
    sql += fmt::format(" AND e.ts {} {}", query.to_inclusive ? "<=" : "<", query.to->ms);
  if (query.where && !query.where->fields.empty())
    sql += " AND tb_passes(e.record, " + evaluation + ")";
  if (query.counted_by) sql += " AND tb_take(e.record, " + evaluation + ") IS NOT NULL";
  if (query.record_ids.empty()) return sql;
  std::vector<std::int64_t> hashes;
  std::string marks;
  for (auto const& id : query.record_ids) {
    hashes.push_back(static_cast<std::int64_t>(record_key_hash(stream, id)));
    marks += marks.empty() ? "?" : ",?";
  }
  return sql + fmt::format(" AND e.key_hash IN ({}) AND e.record_id IN ({})",
                           fmt::join(hashes, ","), marks);
}

}  // namespace

std::optional<LiveVersions> Reader::prepare(Tenant const& tenant, std::string const& event_type,
                                            std::vector<std::string> const& customers,
                                            std::uint64_t& as_of) {
  as_of = std::min(as_of, core_.durable.load());
  auto const stream = core_.streams.find(tenant, event_type);
  if (!stream) return std::nullopt;
  LiveVersions live;
  live.streams = {*stream};
  live.as_of = as_of;
  for (auto const& id : customers)
    if (auto customer = core_.customers.find(tenant, id)) live.customers.push_back(*customer);
  if (!customers.empty() && live.customers.empty()) return std::nullopt;
  core_.resolve(live.streams, as_of);
  live.superseded = core_.unresolved.any_superseded(live.streams);
  return live;
}

std::optional<LiveVersions> Reader::prepare(UsageQuery const& query, std::uint64_t& as_of) {
  as_of = query.as_of;
  auto live = prepare(query.tenant, query.rule.event_type, query.customer_ids, as_of);
  if (!live) return std::nullopt;
  live->from_ms = query.from.ms;
  live->before_ms = query.to.ms;
  return live;
}

std::vector<Reader::Folded> Reader::fold(UsageQuery const& query, LiveVersions const& live,
                                         std::string const& key, Key kind,
                                         std::string const& group_property) {
  if (query.rule.formula) return fold_formula(query, live, key, kind, group_property);
  if (query.rule.operation == AggregatorOperation::weighted_sum)
    return fold_running(query, live, key, kind, group_property);
  Evaluation evaluation = evaluation_of(query.rule);
  evaluation.group_property = group_property;
  // A bare count never reads the records.
  bool const bare = evaluation.take == Evaluation::Take::everything &&
                    selecting_properties(evaluation.rule).empty();
  auto const registered = core_.evaluations.add(std::move(evaluation));
  // Events that do not take part are NULL values, not a condition: the engine would push a
  // condition below its own cheap filters and call us for every row.
  std::string sql = bare ? "SELECT count(*), " : "SELECT count(v), ";
  sql += bare ? "count(*)::VARCHAR" : quantity_sql(query.rule.operation);
  if (kind != Key::none) sql += ", k";
  sql += " FROM (SELECT e.ts, e.sequence";
  if (!bare) sql += ", tb_take(e.record, " + registered.sql() + ") AS v";
  if (kind != Key::none) sql += ", " + fmt::format(fmt::runtime(key), registered.sql()) + " AS k";
  sql += live.sql() + ") x";
  if (kind != Key::none)
    sql += bare ? " GROUP BY k ORDER BY k" : " GROUP BY k HAVING count(v) > 0 ORDER BY k";
  std::vector<Folded> all;
  auto connection = core_.engine.lease();
  Rows rows = connection->query(sql);
  while (rows.next()) {
    Folded folded;
    folded.count = static_cast<std::uint64_t>(rows.whole(0));
    folded.quantity = quantity_of(rows, 1, query.rule.operation, folded.count);
    if (kind == Key::whole) folded.whole_key = rows.whole(2);
    if (kind == Key::text) folded.text_key = rows.text(2);
    all.push_back(std::move(folded));
  }
  return all;
}

// Each aggregate of the formula over the same events, put together key by key.
std::vector<Reader::Folded> Reader::fold_formula(UsageQuery const& query, LiveVersions const& live,
                                                 std::string const& key, Key kind,
                                                 std::string const& group_property) {
  auto const formula = Formula::parse(*query.rule.formula);
  TB_ASSERT(formula.has_value());
  using Name = std::pair<std::int64_t, std::string>;
  std::vector<std::map<Name, Exact>> parts;
  UsageQuery part = query;
  for (auto const& aggregate : formula->aggregates()) {
    part.rule = rule_of_aggregate(query.rule, aggregate);
    auto& values = parts.emplace_back();
    for (auto& folded : fold(part, live, key, kind, group_property))
      values[{folded.whole_key, folded.text_key}] =
          value_of_aggregate(aggregate, {std::move(folded.quantity), folded.count});
  }
  part.rule = rule_of_aggregate(query.rule, {FormulaFunction::count_all, ""});
  auto all = fold(part, live, key, kind, group_property);
  for (auto& folded : all) {
    std::vector<Exact> values;
    for (auto& known : parts) values.push_back(known[{folded.whole_key, folded.text_key}]);
    folded.quantity = formula_quantity(query.rule, *formula, values);
  }
  return all;
}

// The average of the running value of each key. What happened before the window carries in.
std::vector<Reader::Folded> Reader::fold_running(UsageQuery const& query, LiveVersions const& live,
                                                 std::string const& key, Key kind,
                                                 std::string const& group_property) {
  if (query.to <= query.from)
    return std::vector<Folded>(kind == Key::none ? std::size_t{1} : std::size_t{0});
  Evaluation evaluation = evaluation_of(query.rule);
  evaluation.group_property = group_property;
  auto const registered = core_.evaluations.add(std::move(evaluation));
  LiveVersions since_ever = live;
  since_ever.from_ms.reset();
  std::string sql = "SELECT ts, v";
  if (kind != Key::none) sql += ", k";
  sql += " FROM (SELECT e.ts, tb_take(e.record, " + registered.sql() + ") AS v";
  if (kind != Key::none) sql += ", " + fmt::format(fmt::runtime(key), registered.sql()) + " AS k";
  sql += since_ever.sql() + ") x";
  struct Running {
    RunningAverage average;
    std::uint64_t count = 0;
  };
  std::map<std::pair<std::int64_t, std::string>, Running> keys;
  InstantRange const window{query.from, query.to};
  if (kind == Key::none) keys.try_emplace({}, Running{RunningAverage(window)});
  auto connection = core_.engine.lease();
  Rows rows = connection->query(sql);
  while (rows.next()) {
    if (rows.is_null(1)) continue;
    std::pair<std::int64_t, std::string> name;
    if (kind == Key::whole) name.first = rows.whole(2);
    if (kind == Key::text) name.second = rows.text(2);
    auto& running = keys.try_emplace(name, Running{RunningAverage(window)}).first->second;
    auto by = Exact::parse(rows.text(1));
    TB_ASSERT(by.has_value());
    Instant const at{rows.whole(0)};
    running.average.add({at, *std::move(by)});
    if (at >= query.from) running.count += 1;
  }
  std::vector<Folded> all;
  for (auto& [name, running] : keys) {
    Exact const average = running.average.value();
    all.push_back({name.second, name.first,
                   query.rule.allow_negative_values ? average : max(average, 0), running.count});
  }
  return all;
}

UsageResult Reader::usage(UsageQuery const& query) {
  UsageResult result;
  auto const live = prepare(query, result.as_of);
  if (!live) {
    result.quantity = quantity_of_nothing(query.rule);
    return result;
  }
  auto folded = fold(query, *live, "", Key::none, "");
  TB_ASSERT(folded.size() == 1);
  result.quantity = std::move(folded.front().quantity);
  result.count = folded.front().count;
  return result;
}

std::vector<Exact> Reader::values(UsageQuery const& query) {
  std::vector<Exact> all;
  std::uint64_t as_of = 0;
  auto const live = prepare(query, as_of);
  if (!live) return all;
  Evaluation evaluation = evaluation_of(query.rule);
  evaluation.take = Evaluation::Take::number;
  auto const registered = core_.evaluations.add(std::move(evaluation));
  auto connection = core_.engine.lease();
  Rows rows =
      connection->query("SELECT v FROM (SELECT e.ts, e.sequence, tb_take(e.record, " +
                        registered.sql() + ") AS v" + live->sql() + ") x ORDER BY ts, sequence");
  while (rows.next()) {
    if (rows.is_null(0)) continue;
    auto value = Exact::parse(rows.text(0));
    TB_ASSERT(value.has_value());
    all.push_back(*std::move(value));
  }
  return all;
}

std::vector<UsageGroup> Reader::by_customer(UsageQuery const& query) {
  std::vector<UsageGroup> groups;
  std::uint64_t as_of = 0;
  auto const live = prepare(query, as_of);
  if (!live) return groups;
  for (auto& folded : fold(query, *live, "e.customer", Key::whole, ""))
    groups.push_back({core_.customers.name(static_cast<Code>(folded.whole_key)),
                      std::move(folded.quantity), folded.count});
  std::sort(groups.begin(), groups.end(),
            [](auto const& a, auto const& b) { return a.key < b.key; });
  return groups;
}

std::vector<UsageGroup> Reader::by_property(UsageQuery const& query, std::string const& property) {
  std::vector<UsageGroup> groups;
  std::uint64_t as_of = 0;
  auto const live = prepare(query, as_of);
  if (!live) return groups;
  for (auto& folded : fold(query, *live, "tb_group(e.record, {})", Key::text, property))
    groups.push_back({std::move(folded.text_key), std::move(folded.quantity), folded.count});
  std::sort(groups.begin(), groups.end(),
            [](auto const& a, auto const& b) { return a.key < b.key; });
  return groups;
}

std::vector<UsageTick> Reader::over_time(UsageQuery const& query, TickSize size) {
  std::vector<UsageTick> ticks;
  std::uint64_t as_of = 0;
  auto const live = prepare(query, as_of);
  if (!live) return ticks;
  if (query.rule.operation == AggregatorOperation::weighted_sum && !query.rule.formula) {
    // A running value has one in every tick, quiet or not.
    UsageQuery tick = query;
    tick.as_of = as_of;
    for (Instant at = tick_of(query.from, size); at < query.to && ticks.size() < most_ticks;
         at = next_tick(at, size)) {
      tick.from = std::max(at, query.from);
      tick.to = std::min(next_tick(at, size), query.to);
      auto const result = usage(tick);
      ticks.push_back({at, result.quantity, result.count});
    }
    return ticks;
  }
  std::string const key =
      fmt::format("epoch_ms(date_trunc('{}', make_timestamp(e.ts * 1000)))", tick_name(size));
  for (auto& folded : fold(query, *live, key, Key::whole, ""))
    ticks.push_back({Instant{folded.whole_key}, std::move(folded.quantity), folded.count});
  return ticks;
}

EventPage Reader::list(EventListQuery const& query) {
  EventPage page;
  std::uint64_t as_of = query.as_of;
  auto live = prepare(query.tenant, query.event_type, query.customer_ids, as_of);
  if (!live) return page;
  if (query.from) live->from_ms = query.from->ms;
  TB_ASSERT(!query.where || !query.counted_by);
  Evaluation evaluation;
  if (query.counted_by) evaluation = taking_part(*query.counted_by);
  if (query.where) evaluation.rule.where = *query.where;
  auto const registered = core_.evaluations.add(std::move(evaluation));
  std::string const from =
      live->sql() + list_conditions(query, live->streams.front(), registered.sql());
  auto connection = core_.engine.lease();
  {
    Rows rows = connection->query("SELECT count(*)" + from, query.record_ids);
    if (rows.next()) page.total = static_cast<std::uint64_t>(rows.whole(0));
  }
  if (page.total <= query.skip || query.take == 0) return page;
  char const* direction = query.ascending ? "ASC" : "DESC";
  Rows rows =
      connection->query("SELECT e.sequence, e.customer, e.record_id, e.ts, e.record" + from +
                            fmt::format(" ORDER BY e.ts {0}, e.sequence {0} LIMIT {1} OFFSET {2}",
                                        direction, query.take, query.skip),
                        query.record_ids);
  while (rows.next()) {
    page.events.push_back({static_cast<std::uint64_t>(rows.whole(0)),
                           core_.customers.name(static_cast<Code>(rows.whole(1))), query.event_type,
                           std::string(rows.text(2)), Instant{rows.whole(3)},
                           std::string(rows.text(4))});
  }
  return page;
}

std::optional<TimeSpan> Reader::changed_between(Tenant const& tenant, std::string const& event_type,
                                                std::string const& customer_id, std::uint64_t since,
                                                std::uint64_t as_of) {
  auto const live = prepare(tenant, event_type, {customer_id}, as_of);
  if (!live) return std::nullopt;
  // What is new, and what it took the place of: a record may have had another time or customer.
  auto const changed = [&](char const* table, char const* sequence) {
    return fmt::format(
        "SELECT ts FROM {0} WHERE stream = {1} AND customer = {2} AND {3} > {4} AND {3} <= {5}",
        table, live->streams.front(), live->customers.front(), sequence, since, as_of);
  };
  auto connection = core_.engine.lease();
  Rows rows = connection->query("SELECT min(ts), max(ts) FROM (" + changed("events", "sequence") +
                                " UNION ALL " + changed("superseded", "by_sequence") + ")");
  if (!rows.next() || rows.is_null(0)) return std::nullopt;
  return TimeSpan{Instant{rows.whole(0)}, Instant{rows.whole(1)}};
}

ReplacedEvents Reader::replaced_between(Tenant const& tenant, std::string const& event_type,
                                        std::string const& customer_id, std::uint64_t since,
                                        std::uint64_t as_of) {
  ReplacedEvents found;
  auto const live = prepare(tenant, event_type, {customer_id}, as_of);
  if (!live || !live->superseded) return found;
  std::string const whose =
      fmt::format("stream = {} AND customer = {}", live->streams.front(), live->customers.front());
  std::string const now = fmt::format("by_sequence > {} AND by_sequence <= {}", since, as_of);
  auto connection = core_.engine.lease();
  Rows versions = connection->query(fmt::format(
      "WITH RECURSIVE chain(version) AS (SELECT old_sequence FROM superseded WHERE {0} AND {1} AND "
      "old_sequence <= {2} UNION SELECT s.old_sequence FROM superseded s JOIN chain c ON "
      "s.by_sequence = c.version WHERE s.{3} AND s.{4}) SELECT c.version, COALESCE(e.ts, 0) FROM "
      "chain c LEFT JOIN events e ON e.sequence = c.version ORDER BY c.version DESC",
      whose, now, since, fmt::format("stream = {}", live->streams.front()),
      fmt::format("customer = {}", live->customers.front())));
  while (versions.next()) {
    found.versions.push_back(static_cast<std::uint64_t>(versions.whole(0)));
    found.times.push_back(Instant{versions.whole(1)});
  }
  if (found.versions.empty()) return found;
  Rows changes = connection->query(fmt::format(
      "SELECT sequence, max(old) FROM (SELECT sequence, 0 AS old FROM events WHERE {0} AND "
      "sequence > {1} AND sequence <= {2} UNION ALL SELECT by_sequence, CASE WHEN old_sequence <= "
      "{1} THEN 1 ELSE 0 END FROM superseded WHERE {0} AND {3}) c GROUP BY sequence ORDER BY "
      "sequence",
      whose, since, as_of, now));
  std::optional<std::int64_t> before;
  std::optional<bool> was_old;
  while (changes.next()) {
    bool const old = changes.whole(1) != 0;
    if (was_old && *was_old != old) found.turns.push_back(static_cast<std::uint64_t>(*before));
    before = changes.whole(0);
    was_old = old;
  }
  return found;
}

std::vector<std::string> Reader::event_types(Tenant const& tenant) {
  std::vector<std::string> names;
  LiveVersions live;
  live.as_of = core_.durable.load();
  live.streams = core_.streams.codes(tenant);
  if (live.streams.empty()) return names;
  core_.resolve(live.streams, live.as_of);
  live.superseded = core_.unresolved.any_superseded(live.streams);
  auto connection = core_.engine.lease();
  Rows rows = connection->query("SELECT DISTINCT e.stream" + live.sql());
  while (rows.next()) names.push_back(core_.streams.name(static_cast<Code>(rows.whole(0))));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tallybook::duckdb_detail
