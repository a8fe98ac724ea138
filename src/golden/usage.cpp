// Usage: events become a quantity, by the rules of aggregators and of values that last.
#include <algorithm>

#include "calendar/proration.hpp"
#include "domain/catalogue/price.hpp"
#include "domain/usage/aggregator.hpp"
#include "domain/usage/running_values.hpp"
#include "golden/calendar_words.hpp"
#include "golden/themes.hpp"
#include "money/money.hpp"

namespace tallybook::golden {
namespace usage_detail {

void round_units(Json const& inputs, Policy const&, Checker& check) {
  static std::map<std::string, Rounding> const roundings = {
      {"round", Rounding::half_away_from_zero}, {"ceil", Rounding::up}, {"floor", Rounding::down}};
  std::string const& name = inputs.at("function").word();
  auto const how = roundings.find(name);
  if (how == roundings.end())
    throw NotApplicable{"function", name + ": a rounding we do not offer"};
  int const precision = inputs.has("precision") ? inputs.at("precision").small() : 0;
  if (precision > 30 || precision < -30) throw BadCase("not a precision");
  // Decimals in front of the point round tens and hundreds.
  Exact const scale = scale_of(precision < 0 ? -precision : 0);
  Exact const units = inputs.at("units").number() / scale;
  check.number("units", units.rounded(std::max(0, precision), how->second) * scale);
}

// A day as its first instant in UTC, or an instant.
Instant moment(Json const& value) {
  auto const date = parse_date(value.word());
  return date ? TimeZone().start_of(*date) : instant(value);
}

Period days_of_period(Json const& inputs) {
  Period const period{day(inputs.at("period_from")), day(inputs.at("period_to"))};
  if (period.end <= period.start) throw BadCase("a period without a day");
  return period;
}

std::vector<KeyChange> key_changes(Json const& inputs) {
  std::vector<KeyChange> out;
  for (Json const& one : inputs.at("events").list()) {
    only_known(one, "events", {"at", "key", "op"});
    std::string const op = one.has("op") ? one.at("op").word() : "add";
    if (op != "add" && op != "remove")
      throw NotApplicable{"events.op", op + ": neither add nor remove"};
    out.push_back({moment(one.at("at")), one.at("key").str(), op == "remove"});
  }
  return out;
}

Exact priced(Exact const& units, Json const& inputs) {
  PriceTier fee;
  fee.amount = minor_or_zero(inputs, "unit_price_major");
  auto const prices = value_of(checked_prices({fee}, PriceType::fee, "price"));
  return price_quantity(prices, units).amount_minor;
}

void units_and_amount(Json const& inputs, Exact const& units, Checker& check) {
  check.number("units", units);
  if (inputs.has("unit_price_major")) check.number("amount_major", priced(units, inputs) / 100);
}

bool flag(Json const& inputs, std::string const& key) {
  return inputs.has(key) && inputs.at(key).truth();
}

void aggregated(Json const& inputs, Policy const&, Checker& check) {
  static std::map<std::string, AggregatorOperation> const operations = {
      {"count", AggregatorOperation::count},
      {"sum", AggregatorOperation::sum},
      {"max", AggregatorOperation::max},
      {"latest", AggregatorOperation::last},
      {"last", AggregatorOperation::last},
      {"unique_count", AggregatorOperation::count_unique},
      {"count_unique", AggregatorOperation::count_unique},
      {"min", AggregatorOperation::min},
      {"avg", AggregatorOperation::avg}};
  std::string const& name = inputs.at("aggregation").word();
  auto const operation = operations.find(name);
  if (operation == operations.end())
    throw NotApplicable{"aggregation", name + ": an aggregation we do not offer"};
  for (char const* key : {"prorated", "group_by", "billing_mode"}) {
    if (inputs.has(key) && inputs.at(key).str() != "false")
      throw NotApplicable{key, "no rule of ours for this kind"};
  }
  for (char const* key : {"current_units", "billed_amount_major", "billed_amount_minor"}) {
    if (check.wanted(key) != nullptr) throw NotApplicable{key, "no rule of ours for this kind"};
  }
  bool const unique = operation->second == AggregatorOperation::count_unique;
  if (flag(inputs, "recurring")) {
    if (!unique) throw NotApplicable{"recurring", "no rule of ours for " + name};
    auto const changes = key_changes(inputs);
    units_and_amount(inputs, active_keys(moment(inputs.at("period_to")), changes), check);
    return;
  }
  AggregatorRule rule{"usage", operation->second, unique ? "key" : "value", {}, true};
  if (operation->second == AggregatorOperation::count) rule.property.clear();
  std::vector<UsageEvent> events;
  for (Json const& one : inputs.at("events").list()) {
    only_known(one, "events", {"at", "value", "key"});
    UsageEvent event;
    event.timestamp = moment(one.at("at"));
    if (inputs.has("period_from") && event.timestamp < moment(inputs.at("period_from"))) continue;
    if (inputs.has("period_to") && event.timestamp >= moment(inputs.at("period_to"))) continue;
    event.sequence = events.size();
    if (one.has("value"))
      event.properties["value"] = {RecordValue::Kind::number, one.at("value").number().decimal()};
    if (one.has("key")) event.properties["key"] = {RecordValue::Kind::text, one.at("key").str()};
    events.push_back(std::move(event));
  }
  units_and_amount(inputs, aggregate(rule, events).quantity, check);
}

void weighted_sum(Json const& inputs, Policy const&, Checker& check) {
  InstantRange const period{moment(inputs.at("period_from")), moment(inputs.at("period_to"))};
  if (period.end <= period.start) throw BadCase("a period without length");
  std::vector<ValueChange> changes;
  for (Json const& one : inputs.at("events").list()) {
    only_known(one, "events", {"at", "value"});
    changes.push_back({moment(one.at("at")), one.at("value").number()});
  }
  auto const out = weighted_value(period, inputs.at("carried_in").number(), changes);
  check.number("units_5dp", out.average);
  check.number("closing_value", out.closing);
  if (inputs.has("unit_price_major"))
    check.number("amount_minor", Money::rounded(priced(out.average, inputs), Currency()).minor);
}

void prorated_unique_count(Json const& inputs, Policy const&, Checker& check) {
  int const full = inputs.at("full_period_days").small();
  if (full <= 0) throw BadCase("a full period without a day");
  auto const days = active_key_days(days_of_period(inputs), TimeZone(), key_changes(inputs));
  check.number("unit_days", days);
  check.number("units_5dp_ceil", Exact::fraction(days, full).rounded(5, Rounding::up));
}

// Values persist; one that arrives within the period counts for the days from its own on.
void prorated_sum(Json const& inputs, Policy const&, Checker& check) {
  Period const period = days_of_period(inputs);
  Exact units;
  Exact full;
  for (Json const& one : inputs.at("events").list()) {
    only_known(one, "events", {"at", "value"});
    Date const arrived = std::max(TimeZone().date_of(moment(one.at("at"))), period.start);
    if (arrived >= period.end) continue;
    full += one.at("value").number();
    units += one.at("value").number() * proration_days({arrived, period.end}, period);
  }
  check.number("units_2dp", units);
  check.number("full_units", full);
}

void recurring_seats(Json const& inputs, Policy const&, Checker& check) {
  Period const period = days_of_period(inputs);
  Date end = period.end;
  if (inputs.has("terminated_on")) end = std::min(end, day(inputs.at("terminated_on")) + 1);
  std::vector<std::int64_t> seats;
  std::int64_t total = 0;
  for (Json const& one : inputs.at("seat_added_on").list()) {
    Date const added = std::max(day(one), period.start);
    Exact const share = proration_days({std::min(added, end), end}, period);
    seats.push_back(Money::rounded(priced(share, inputs), Currency()).minor);
    total = checked_add(total, seats.back());
  }
  check.numbers("per_seat_minor", seats);
  check.number("total_minor", total);
}

void blocks_in_period(Json const& inputs, Policy const& policy, Checker& check) {
  std::string const& aggregation = inputs.at("aggregation").word();
  if (aggregation != "sum") throw NotApplicable{"aggregation", aggregation + ": blocks of sums"};
  Date const from = day(inputs.at("period_from"));
  Date to = day(inputs.at("period_to"));
  if (inputs.has("cancelled_on")) {
    Date const cancelled = day(inputs.at("cancelled_on"));
    to = policy.is("usage.on_cancellation_day", "included") ? cancelled + 1
                                                            : std::min(to, cancelled);
  }
  Exact units;
  for (Json const& one : inputs.at("events").list()) {
    only_known(one, "events", {"on", "value"});
    Date const on = day(one.at("on"));
    if (from <= on && on < to) units += one.at("value").number();
  }
  PriceTier blocks;
  blocks.type = PriceType::packaged;
  blocks.unit_count = inputs.at("block_size").number();
  blocks.amount = minor_or_zero(inputs, "block_price_major");
  blocks.on_incomplete = policy.is("package.partial", "rounded_down") ? OnIncomplete::do_not_charge
                                                                      : OnIncomplete::pay_in_full;
  auto const prices = value_of(checked_prices({blocks}, PriceType::packaged, "blocks"));
  check.number("units", units);
  check.number("amount_major", price_quantity(prices, units).amount_minor / 100);
}

}  // namespace usage_detail

Theme usage_theme() {
  using namespace usage_detail;
  Theme theme;
  theme.kinds = {{"usage.round_units", round_units},
                 {"usage.aggregate", aggregated},
                 {"usage.weighted_sum", weighted_sum},
                 {"usage.prorated_unique_count", prorated_unique_count},
                 {"usage.prorated_sum", prorated_sum},
                 {"usage.recurring_seats", recurring_seats},
                 {"usage.blocks_in_period", blocks_in_period}};
  theme.offered = {{"billing_mode", {"arrears"}},
                   {"late_usage", {"billed_on_next_invoice_for_original_period"}},
                   {"metered_metric", {"resets_each_period"}},
                   {"package.partial", {"rounded_up_to_full_package", "rounded_down"}},
                   {"period.end", {"exclusive"}},
                   {"prorated_units.rounding", {"ceil_5_decimals"}},
                   {"proration.basis",
                    {"actual_days_in_cycle", "calendar_days_any_active_part_of_a_day_counts"}},
                   {"recurring_metric", {"values_persist_across_periods"}},
                   {"rounding", {"nearest_any_tie_rule", "half_up"}},
                   {"termination.day", {"counted_as_used"}},
                   {"unique_count.remove", {"removed_key_not_counted_when_not_prorated"}},
                   {"usage.on_cancellation_day", {"included"}},
                   {"usage.rounding", {"applied_to_aggregated_units"}},
                   {"weighted_sum.carry_over", {"recurring_metric_keeps_last_value"}},
                   {"weighted_sum.weight", {"seconds_in_period"}}};
  return theme;
}

}  // namespace tallybook::golden
