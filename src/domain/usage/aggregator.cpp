#include "domain/usage/aggregator.hpp"

#include <algorithm>
#include <set>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {
namespace aggregator_detail {

std::optional<Exact> number_of(RecordValue const& value) {
  using Kind = RecordValue::Kind;
  if (value.kind != Kind::number && value.kind != Kind::text) return std::nullopt;
  return Exact::parse(value.text);
}

// A missing property is null.
RecordValue property_of(UsageEvent const& event, std::string const& name) {
  auto const found = event.properties.find(name);
  return found == event.properties.end() ? RecordValue{} : found->second;
}

// Two texts compare as texts; a number and numeric text compare by value; null equals nothing.
bool equal_values(RecordValue const& a, RecordValue const& b) {
  using Kind = RecordValue::Kind;
  if (a.kind == Kind::null || b.kind == Kind::null) return false;
  if (a.kind == b.kind && a.kind != Kind::number) return a.text == b.text;
  auto const left = number_of(a);
  auto const right = number_of(b);
  return left && right && *left == *right;
}

// Empty when the two cannot be ordered. Two texts that are not both numbers order as texts, which
// puts ISO dates in time order.
std::optional<std::strong_ordering> order_values(RecordValue const& a, RecordValue const& b) {
  auto const left = number_of(a);
  auto const right = number_of(b);
  if (left && right) return *left <=> *right;
  using Kind = RecordValue::Kind;
  if (a.kind != Kind::text || b.kind != Kind::text) return std::nullopt;
  int const order = a.text.compare(b.text);
  return order <=> 0;
}

bool any_equal(FilterField const& field, RecordValue const& value) {
  return std::ranges::any_of(
      field.values, [&](RecordValue const& wanted) { return equal_values(value, wanted); });
}

bool passes_text(FilterField const& field, RecordValue const& value) {
  using Kind = RecordValue::Kind;
  if ((value.kind != Kind::text && value.kind != Kind::number) || field.values.empty())
    return false;
  std::string const& wanted = field.values.front().text;
  if (field.op == FilterOperator::startsWith) return value.text.starts_with(wanted);
  if (field.op == FilterOperator::endWith) return value.text.ends_with(wanted);
  return value.text.find(wanted) != std::string::npos;
}

bool passes_order(FilterField const& field, RecordValue const& value) {
  if (field.values.empty()) return false;
  auto const order = order_values(value, field.values.front());
  if (!order) return false;
  switch (field.op) {
    case FilterOperator::lt:
      return *order < 0;
    case FilterOperator::lte:
      return TB_MUTANT(85, *order <= 0, *order < 0);
    case FilterOperator::gt:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

bool passes_field(FilterField const& field, UsageEvent const& event) {
  RecordValue const value = property_of(event, field.property);
  bool const null = value.kind == RecordValue::Kind::null;
  switch (field.op) {
    case FilterOperator::isNull:
      return null;
    case FilterOperator::isNotNull:
      return !null;
    case FilterOperator::equals:
    case FilterOperator::in:
      return any_equal(field, value);
    case FilterOperator::not_:
    case FilterOperator::notIn:
      return !any_equal(field, value);
    case FilterOperator::contains:
    case FilterOperator::startsWith:
    case FilterOperator::endWith:
      return passes_text(field, value);
    case FilterOperator::lt:
    case FilterOperator::lte:
    case FilterOperator::gt:
    case FilterOperator::gte:
      break;
  }
  return passes_order(field, value);
}

// What makes a value distinct: numbers by value, everything else by kind and text.
std::string distinct_key(RecordValue const& value) {
  switch (value.kind) {
    case RecordValue::Kind::number: {
      auto const number = Exact::parse(value.text);
      return "n" + (number ? number->str() : value.text);
    }
    case RecordValue::Kind::boolean:
      return "b" + value.text;
    default:
      return "t" + value.text;
  }
}

Usage count_unique(AggregatorRule const& rule, std::vector<UsageEvent> const& events) {
  std::set<std::string> seen;
  Usage usage;
  for (UsageEvent const& event : events) {
    RecordValue const value = property_of(event, rule.property);
    if (value.kind == RecordValue::Kind::null || !selects(rule, event)) continue;
    seen.insert(distinct_key(value));
    usage.count += 1;
  }
  usage.quantity = static_cast<std::int64_t>(seen.size());
  return usage;
}

bool is_later(UsageEvent const& a, UsageEvent const& b) {
  return a.timestamp != b.timestamp
             ? a.timestamp > b.timestamp
             : TB_MUTANT(83, a.sequence > b.sequence, a.sequence < b.sequence);
}

// sum, max, min, avg and last: one pass over the events with a number.
Usage of_numbers(AggregatorRule const& rule, std::vector<UsageEvent> const& events) {
  Usage usage;
  UsageEvent const* latest = nullptr;
  for (UsageEvent const& event : events) {
    if (!selects(rule, event)) continue;
    auto const number = number_of(property_of(event, rule.property));
    if (!number || (number->is_negative() && TB_MUTANT(84, !rule.allow_negative_values, false)))
      continue;
    bool const first = usage.count == 0;
    usage.count += 1;
    switch (rule.operation) {
      case AggregatorOperation::max:
        usage.quantity = first ? *number : max(usage.quantity, *number);
        break;
      case AggregatorOperation::min:
        usage.quantity = first ? *number : min(usage.quantity, *number);
        break;
      case AggregatorOperation::last:
        if (first || is_later(event, *latest)) {
          usage.quantity = *number;
          latest = &event;
        }
        break;
      default:
        usage.quantity += *number;
    }
  }
  if (rule.operation == AggregatorOperation::avg && usage.count > 0) {
    usage.quantity /= Exact(static_cast<std::int64_t>(usage.count));
  }
  return usage;
}

// How many values an operator takes: 0, 1, or 2 for "one or more".
int values_taken(FilterOperator op) {
  switch (op) {
    case FilterOperator::isNull:
    case FilterOperator::isNotNull:
      return 0;
    case FilterOperator::in:
    case FilterOperator::notIn:
      return 2;
    default:
      return 1;
  }
}

}  // namespace aggregator_detail

bool passes(EventFilter const& filter, UsageEvent const& event) {
  if (filter.fields.empty()) return true;
  auto const one = [&](FilterField const& field) {
    return aggregator_detail::passes_field(field, event);
  };
  return filter.conditional == FilterConditional::or_ ? std::ranges::any_of(filter.fields, one)
                                                      : std::ranges::all_of(filter.fields, one);
}

bool selects(AggregatorRule const& rule, UsageEvent const& event) {
  auto const lets_pass = [&](EventFilter const& filter) { return passes(filter, event); };
  if (!lets_pass(rule.where) || !std::ranges::all_of(rule.also, lets_pass)) return false;
  if (std::ranges::any_of(rule.unless, lets_pass)) return false;
  return !rule.group ||
         aggregator_detail::property_of(event, rule.group->property).text == rule.group->text;
}

std::vector<std::string> selecting_properties(AggregatorRule const& rule) {
  std::vector<std::string> names;
  auto const add = [&](EventFilter const& filter) {
    for (auto const& field : filter.fields) names.push_back(field.property);
  };
  add(rule.where);
  std::ranges::for_each(rule.also, add);
  std::ranges::for_each(rule.unless, add);
  if (rule.group) names.push_back(rule.group->property);
  return names;
}

AggregatorRule rule_of_aggregate(AggregatorRule const& rule, FormulaAggregate const& aggregate) {
  AggregatorRule part = rule;
  part.formula.reset();
  part.property = aggregate.property;
  switch (aggregate.function) {
    case FormulaFunction::count_all:
      part.operation = AggregatorOperation::count;
      break;
    case FormulaFunction::count:
      part.operation = AggregatorOperation::count_unique;
      break;
    case FormulaFunction::sum:
      part.operation = AggregatorOperation::sum;
      break;
    case FormulaFunction::avg:
      part.operation = AggregatorOperation::avg;
      break;
    case FormulaFunction::min:
      part.operation = AggregatorOperation::min;
      break;
    case FormulaFunction::max:
      part.operation = AggregatorOperation::max;
      break;
  }
  return part;
}

Exact value_of_aggregate(FormulaAggregate const& aggregate, Usage const& answer) {
  bool const counts = aggregate.function == FormulaFunction::count;
  return counts ? Exact(static_cast<std::int64_t>(answer.count)) : answer.quantity;
}

Exact formula_quantity(AggregatorRule const& rule, Formula const& formula,
                       std::vector<Exact> const& values) {
  Exact const quantity = formula.evaluate(values);
  return rule.allow_negative_values ? quantity : max(quantity, 0);
}

Exact quantity_of_nothing(AggregatorRule const& rule) {
  if (!rule.formula) return 0;
  auto const formula = Formula::parse(*rule.formula);
  TB_ASSERT(formula.has_value());
  return formula_quantity(rule, *formula, std::vector<Exact>(formula->aggregates().size()));
}

Usage aggregate(AggregatorRule const& rule, std::vector<UsageEvent> const& events) {
  if (rule.formula) {
    auto const formula = Formula::parse(*rule.formula);
    TB_ASSERT(formula.has_value());
    std::vector<Exact> values;
    for (auto const& part : formula->aggregates())
      values.push_back(value_of_aggregate(part, aggregate(rule_of_aggregate(rule, part), events)));
    Usage usage;
    usage.quantity = formula_quantity(rule, *formula, values);
    usage.count = static_cast<std::uint64_t>(std::ranges::count_if(
        events, [&](UsageEvent const& event) { return selects(rule, event); }));
    return usage;
  }
  TB_ASSERT(rule.operation != AggregatorOperation::weighted_sum);
  if (rule.operation == AggregatorOperation::count) {
    Usage usage;
    usage.count = static_cast<std::uint64_t>(std::ranges::count_if(
        events, [&](UsageEvent const& event) { return selects(rule, event); }));
    usage.quantity = static_cast<std::int64_t>(usage.count);
    return usage;
  }
  if (rule.operation == AggregatorOperation::count_unique) {
    return aggregator_detail::count_unique(rule, events);
  }
  return aggregator_detail::of_numbers(rule, events);
}

Result<void> check(AggregatorRule const& rule) {
  if (rule.event_type.empty()) {
    return fail(errors::invalid_field("event_type", "is required"));
  }
  if (rule.formula) {
    TB_TRY(formula, Formula::parse(*rule.formula));
    (void)formula;
    if (!rule.property.empty())
      return fail(errors::invalid_field("property", "a formula names its properties itself"));
    if (rule.operation == AggregatorOperation::weighted_sum)
      return fail(errors::invalid_field("operation", "a running value has no formula"));
  } else if (rule.operation != AggregatorOperation::count && rule.property.empty()) {
    return fail(errors::invalid_field("property", "is required for this operation"));
  }
  for (size_t i = 0; i < rule.where.fields.size(); ++i) {
    FilterField const& field = rule.where.fields[i];
    std::string const path = "filters[" + std::to_string(i) + "]";
    if (field.property.empty()) {
      return fail(errors::invalid_field(path + ".property", "is required"));
    }
    int const taken = aggregator_detail::values_taken(field.op);
    bool const right_number =
        taken == 2 ? !field.values.empty() : field.values.size() == static_cast<size_t>(taken);
    if (!right_number) {
      char const* const wanted[] = {"takes no value", "takes exactly one value",
                                    "takes at least one value"};
      return fail(errors::invalid_field(path + ".value", wanted[taken]));
    }
  }
  return {};
}

}  // namespace tallybook
