// Aggregators: what turns billable events into a quantity (semantics USE-1..USE-4). Pure; the
// event store evaluates the same meaning inside its engine and is tested against aggregate().
#pragma once

#include <boost/describe/enum.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "domain/usage/formula.hpp"
#include "money/exact.hpp"

namespace tallybook {

// min, avg and weighted_sum are extensions of ours. weighted_sum: every event changes a running
// value, from the first event ever; the quantity is its average over the time of the window.
BOOST_DEFINE_ENUM_CLASS(AggregatorOperation, count, sum, max, last, count_unique, min, avg,
                        weighted_sum)
BOOST_DEFINE_ENUM_CLASS(FilterConditional, and_, or_)
BOOST_DEFINE_ENUM_CLASS(FilterOperator, equals, not_, lt, lte, gt, gte, contains, startsWith,
                        endWith, in, notIn, isNull, isNotNull)

// A scalar of an event record. Numbers are kept as exact decimal text; numeric text counts as a
// number wherever a number is meant.
struct RecordValue {
  enum class Kind { null, boolean, number, text } kind = Kind::null;
  std::string text;  // "true"/"false", decimal digits, or the text
  friend bool operator==(RecordValue const&, RecordValue const&) = default;
};

struct FilterField {
  std::string property;  // "tokens" or "meta.region" for nested objects
  FilterOperator op = FilterOperator::equals;
  std::vector<RecordValue> values;  // one; several for in and notIn; none for isNull and isNotNull
};

struct EventFilter {
  FilterConditional conditional = FilterConditional::and_;
  std::vector<FilterField> fields;  // no field: every event passes
};

struct PropertyText {
  std::string property;
  std::string text;  // as group keys are written: absent and null are empty
};

struct AggregatorRule {
  std::string event_type;
  AggregatorOperation operation = AggregatorOperation::count;
  std::string property;  // empty for count
  EventFilter where;
  // false: events whose number is negative are left out, and what a formula or a running value
  // gives is at least 0. The events of a running value may always take away.
  bool allow_negative_values = false;
  std::optional<std::string> formula;  // instead of operation and property (USE-2)
  // A part of the events: those that pass each of `also` and none of `unless`, and whose `group`
  // property reads exactly so.
  std::vector<EventFilter> also;
  std::vector<EventFilter> unless;
  std::optional<PropertyText> group;
};

struct UsageEvent {
  std::string record_id;
  std::string customer_id;
  Instant timestamp;
  std::map<std::string, RecordValue> properties;  // nested objects flattened with dots
  std::uint64_t sequence = 0;                     // ingestion order, for ties of `last`
};

struct Usage {
  Exact quantity;           // 0 when there is no event
  std::uint64_t count = 0;  // events that took part
};

// A missing property is null. equals, in: a number and numeric text are equal by value, two texts
// as text; null equals nothing, so `not` and `notIn` let it pass. lt..gte: by value when both are
// numbers, as text when both are text, otherwise false. contains, startsWith, endWith: on the
// digits or text as sent, case-sensitive.
[[nodiscard]] bool passes(EventFilter const& filter, UsageEvent const& event);

// Whether the event is one the rule counts: all of its filters, not the value it reads.
[[nodiscard]] bool selects(AggregatorRule const& rule, UsageEvent const& event);
// Every property selects() reads.
[[nodiscard]] std::vector<std::string> selecting_properties(AggregatorRule const& rule);

// The quantity of a rule when there is no event: 0, or what its formula makes of zeros.
[[nodiscard]] Exact quantity_of_nothing(AggregatorRule const& rule);

// The rule of one aggregate of a formula, over the same events. count: use the count of its answer,
// not the quantity.
[[nodiscard]] AggregatorRule rule_of_aggregate(AggregatorRule const& rule,
                                               FormulaAggregate const& aggregate);
// The value of that aggregate in an answer to its rule.
[[nodiscard]] Exact value_of_aggregate(FormulaAggregate const& aggregate, Usage const& answer);
// What the formula of a rule makes of them.
[[nodiscard]] Exact formula_quantity(AggregatorRule const& rule, Formula const& formula,
                                     std::vector<Exact> const& values);

// The quantity of the events that pass the filter. sum, max, min, avg, last read `property`;
// events without a number there do not take part. last: greatest timestamp, then sequence.
// count_unique: distinct values of the property (text compares as text, numbers by value).
// Not for weighted_sum, which needs its window: weighted_value (running_values.hpp).
[[nodiscard]] Usage aggregate(AggregatorRule const& rule, std::vector<UsageEvent> const& events);

// Refuses a rule without event type, an operation without its property, operators with
// the wrong number of values; names the field, as filters[1].value.
Result<void> check(AggregatorRule const& rule);

}  // namespace tallybook
