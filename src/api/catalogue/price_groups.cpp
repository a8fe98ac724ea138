#include "api/catalogue/price_groups.hpp"

#include <algorithm>

#include "api/catalogue/codec.hpp"

namespace tallybook::api {
namespace price_groups_detail {

constexpr std::size_t most_groups = 20;
constexpr std::size_t longest_name = 200;

RecordValue to_record_value(Value const& value) {
  if (auto const* boolean = value.as_bool())
    return {RecordValue::Kind::boolean, *boolean ? "true" : "false"};
  if (auto const* number = value.as_number()) return {RecordValue::Kind::number, number->text};
  if (auto const* text = value.as_string()) return {RecordValue::Kind::text, *text};
  return {RecordValue::Kind::null, ""};
}

Value from_record_value(RecordValue const& value) {
  switch (value.kind) {
    case RecordValue::Kind::boolean:
      return Value(value.text == "true");
    case RecordValue::Kind::number:
      return Value::number(value.text);
    case RecordValue::Kind::text:
      return Value(value.text);
    case RecordValue::Kind::null:
      break;
  }
  return Value();
}

Result<tallybook::FilterField> to_field(AggregatorWhereField const& field, std::string const& at) {
  std::string const name = field.operator_ == "endsWith" ? "endWith" : field.operator_;
  auto const op = reflect::enum_from<FilterOperator>(name);
  if (!op)
    return fail(errors::invalid_field(at + ".operator",
                                      "expected one of " + reflect::enum_list<FilterOperator>()));
  tallybook::FilterField parsed{field.property, *op, {}};
  if (field.property.empty())
    return fail(errors::invalid_field(at + ".property", "expected the name of a record key"));
  bool const takes_value = *op != FilterOperator::isNull && *op != FilterOperator::isNotNull;
  if (!field.value || !takes_value) return parsed;
  if (auto const* array = field.value->as_array()) {
    for (auto const& item : *array) parsed.values.push_back(to_record_value(item));
  } else if (field.value->as_object() != nullptr) {
    return fail(errors::invalid_field(at + ".value", "expected a scalar or a list of scalars"));
  } else {
    parsed.values.push_back(to_record_value(*field.value));
  }
  return parsed;
}

// The check of aggregators, for a filter that stands alone.
Result<void> check_filter(EventFilter const& filter, std::string const& path) {
  if (filter.fields.empty())
    return fail(errors::invalid_field(path + ".fields", "expected at least one field"));
  AggregatorRule rule;
  rule.event_type = "any";
  rule.where = filter;
  if (auto checked = check(rule); !checked) {
    return fail(errors::renamed(checked.error(), [&](std::string const& field) {
      // filters[0].value
      return path + ".fields" + field.substr(field.find('['));
    }));
  }
  return {};
}

}  // namespace price_groups_detail

Result<EventFilter> to_filter(AggregatorWhere const& where, std::string const& path) {
  EventFilter filter;
  filter.conditional = where.conditional;
  for (std::size_t i = 0; i < where.fields.size(); ++i) {
    TB_TRY(field, price_groups_detail::to_field(where.fields[i],
                                                path + ".fields[" + std::to_string(i) + "]"));
    filter.fields.push_back(std::move(field));
  }
  TB_CHECK(price_groups_detail::check_filter(filter, path));
  return filter;
}

AggregatorWhere from_filter(EventFilter const& filter) {
  AggregatorWhere where;
  where.conditional = filter.conditional;
  for (auto const& field : filter.fields) {
    AggregatorWhereField wire;
    wire.property = field.property;
    wire.operator_ = reflect::enum_name(field.op);
    bool const many = field.op == FilterOperator::in || field.op == FilterOperator::notIn;
    if (many) {
      Value list{Value::Array{}};
      for (auto const& value : field.values)
        list.push_back(price_groups_detail::from_record_value(value));
      wire.value = std::move(list);
    } else if (!field.values.empty()) {
      wire.value = price_groups_detail::from_record_value(field.values.front());
    }
    where.fields.push_back(std::move(wire));
  }
  return where;
}

Result<std::vector<PriceGroup>> to_price_groups(std::vector<PriceGroupInput> const& groups,
                                                PriceType type, std::string const& path,
                                                IdSource& ids) {
  if (groups.size() > price_groups_detail::most_groups)
    return fail(errors::invalid_field(path, "expected at most 20 groups"));
  std::vector<PriceGroup> out;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto const& group = groups[i];
    std::string const at = path + "[" + std::to_string(i) + "]";
    if (group.name.empty() || group.name.size() > price_groups_detail::longest_name)
      return fail(errors::invalid_field(at + ".name", "expected a name of 1 to 200 characters"));
    auto const same = [&](PriceGroup const& other) { return other.name == group.name; };
    if (std::ranges::any_of(out, same))
      return fail(errors::invalid_field(at + ".name", "another group has this name"));
    TB_TRY(filter, to_filter(group.filter, at + ".filter"));
    TB_TRY(prices, to_tiers(group.prices, type, at + ".prices", ids));
    out.push_back({group.name, std::move(filter), std::move(prices)});
  }
  return out;
}

std::vector<PriceGroupInput> to_api(std::vector<PriceGroup> const& groups, PriceType type) {
  std::vector<PriceGroupInput> wire;
  for (auto const& group : groups)
    wire.push_back({group.name, from_filter(group.filter), to_api(group.prices, type)});
  return wire;
}

Result<PriceOptions> to_price_options(PriceOptionsInput const& input, PriceType type,
                                      std::string const& path) {
  reflect::Problems problems;
  auto const only = [&](bool given, bool suits, char const* field, char const* whose) {
    if (given && !suits) problems.add(path + "." + field, whose);
  };
  bool const per_event = type == PriceType::bps;
  bool const tiered = type == PriceType::volume || type == PriceType::packaged;
  only(input.volume.has_value(), tiered, "volume", "only volume and packaged prices have it");
  only(input.percentage.has_value(), per_event, "percentage", "only bps prices have it");
  only(input.fee_inside_clamp.has_value(), per_event, "fee_inside_clamp",
       "only bps prices have it");
  only(input.free_events.has_value(), per_event, "free_events", "only bps prices have it");
  only(input.free_amount.has_value(), per_event, "free_amount", "only bps prices have it");
  bool const by_total = input.percentage == PercentageMeans::graduated_total;
  char const* const not_by_total = "a percentage of the total has no single events";
  only(input.free_events.has_value(), !by_total, "free_events", not_by_total);
  only(input.free_amount.has_value(), !by_total, "free_amount", not_by_total);
  only(input.fee_inside_clamp.has_value(), !by_total, "fee_inside_clamp", not_by_total);
  if (input.free_events && (*input.free_events < 0 || *input.free_events > 1'000'000'000))
    problems.add(path + ".free_events", "expected 0 to 10^9");
  if (input.free_amount &&
      (input.free_amount->is_negative() || *input.free_amount > Exact(max_amount_minor) ||
       input.free_amount->rounded(12) != *input.free_amount))
    problems.add(path + ".free_amount", "expected 0 to 10^15 with at most 12 decimals");
  if (!problems.empty()) return fail(problems.error());
  PriceOptions const defaults;
  return PriceOptions{input.volume.value_or(defaults.volume),
                      input.flat_amounts.value_or(defaults.flat_amounts),
                      input.flat_at_zero.value_or(defaults.flat_at_zero),
                      input.percentage.value_or(defaults.percentage),
                      input.fee_inside_clamp.value_or(defaults.fee_inside_clamp),
                      input.free_events,
                      input.free_amount,
                      input.floor_at_zero.value_or(defaults.floor_at_zero)};
}

PriceOptionsInput to_api(PriceOptions const& options, PriceType type) {
  PriceOptionsInput wire;
  bool const per_event = type == PriceType::bps;
  if (type == PriceType::volume || type == PriceType::packaged) wire.volume = options.volume;
  wire.flat_amounts = options.flat_amounts;
  wire.flat_at_zero = options.flat_at_zero;
  if (per_event) {
    wire.percentage = options.percentage;
    if (options.percentage == PercentageMeans::per_event)
      wire.fee_inside_clamp = options.fee_inside_clamp;
    wire.free_events = options.free_events;
    wire.free_amount = options.free_amount;
  }
  wire.floor_at_zero = options.floor_at_zero;
  return wire;
}

Result<void> check_group_by(std::string const& property, std::string const& path) {
  if (property.empty() || property.size() > price_groups_detail::longest_name)
    return fail(errors::invalid_field(path, "expected the name of an event property"));
  return {};
}

}  // namespace tallybook::api
