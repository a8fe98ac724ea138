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
#include "money/exact.hpp"

namespace tallybook {

// min and avg are extensions of ours.
BOOST_DEFINE_ENUM_CLASS(AggregatorOperation, count, sum, max, last, count_unique, min, avg)
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

struct AggregatorRule {
  std::string event_type;
  AggregatorOperation operation = AggregatorOperation::count;
  std::string property;  // empty for count
  EventFilter where;
  bool allow_negative_values = false;  // false: events whose number is negative are left out
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

// The quantity of the events that pass the filter. sum, max, min, avg, last read `property`;
// events without a number there do not take part. last: greatest timestamp, then sequence.
// count_unique: distinct values of the property (text compares as text, numbers by value).
[[nodiscard]] Usage aggregate(AggregatorRule const& rule, std::vector<UsageEvent> const& events);

// Refuses a rule without event type, an operation without its property, operators with
// the wrong number of values; names the field, as filters[1].value.
Result<void> check(AggregatorRule const& rule);

}  // namespace tallybook
