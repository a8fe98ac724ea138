#include "golden/calendar_words.hpp"

#include <map>

namespace tallybook::golden {

Date day(Json const& value) {
  auto const read = parse_date(value.word());
  if (!read) throw BadCase("not a date: " + value.text);
  return *read;
}

Instant instant(Json const& value) {
  auto const read = parse_instant(value.word());
  if (!read) throw BadCase("not an instant: " + value.text);
  return *read;
}

BillingInterval named_interval(std::string const& name, int count) {
  static std::map<std::string, BillingInterval> const units = {
      {"day", {IntervalPeriod::days, 1}},         {"daily", {IntervalPeriod::days, 1}},
      {"week", {IntervalPeriod::weeks, 1}},       {"weekly", {IntervalPeriod::weeks, 1}},
      {"month", {IntervalPeriod::months, 1}},     {"monthly", {IntervalPeriod::months, 1}},
      {"quarter", {IntervalPeriod::months, 3}},   {"quarterly", {IntervalPeriod::months, 3}},
      {"semester", {IntervalPeriod::months, 6}},  {"semiannual", {IntervalPeriod::months, 6}},
      {"half_year", {IntervalPeriod::months, 6}}, {"biannual", {IntervalPeriod::months, 6}},
      {"year", {IntervalPeriod::years, 1}},       {"yearly", {IntervalPeriod::years, 1}},
      {"annual", {IntervalPeriod::years, 1}}};
  auto const found = units.find(name);
  if (found == units.end()) throw NotApplicable{"interval", name + ": an interval we do not offer"};
  BillingInterval interval = found->second;
  interval.count *= count;
  return interval;
}

}  // namespace tallybook::golden
