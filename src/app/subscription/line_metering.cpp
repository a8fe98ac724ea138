#include "app/subscription/line_metering.hpp"

#include <algorithm>

#include "app/catalogue/catalogue.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"
#include "reflect/json.hpp"

namespace tallybook {
namespace line_metering_detail {

// At least so many days: windows shorter than the period would not all be counted.
int least_days(Interval const& interval) {
  int const count = interval.count.value_or(1);
  switch (interval.period) {
    case WirePeriod::days:
      return count;
    case WirePeriod::weeks:
      return count * 7;
    case WirePeriod::months:
      return count * 30;
    default:
      return count * 365;
  }
}

void refuse_beside_usage(NewLine const& wanted, reflect::Problems& problems) {
  auto const refuse = [&](bool given, char const* field) {
    if (given) problems.add(wanted.path + "." + field, "only usage products have it");
  };
  refuse(wanted.metering_interval_type.has_value(), "metering_interval_type");
  refuse(wanted.metering_interval.has_value(), "metering_interval");
  refuse(wanted.metering_interval_start_at.has_value(), "metering_interval_start_at");
  refuse(wanted.bill_usage_difference, "bill_usage_difference");
  refuse(!wanted.price_groups.empty(), "price_groups");
  refuse(wanted.group_by.has_value(), "group_by");
}

void check_windows(NewLine const& wanted, SubscriptionLine const& line,
                   reflect::Problems& problems) {
  bool const custom = line.metering_interval_type == MeteringIntervalType::custom;
  std::string const at = wanted.path + ".metering_interval";
  if (custom && !wanted.metering_interval)
    problems.add(at, "required by a custom metering interval");
  if (!custom && wanted.metering_interval)
    problems.add(at, "only a custom metering interval has it");
  if (!custom && wanted.metering_interval_start_at)
    problems.add(at + "_start_at", "only a custom metering interval has it");
  if (custom && wanted.metering_interval &&
      least_days(*wanted.metering_interval) < least_days(line.payment_interval))
    problems.add(at, "expected at least the payment interval");
  if (line.bill_usage_difference &&
      line.metering_interval_type == MeteringIntervalType::payment_interval)
    problems.add(wanted.path + ".bill_usage_difference",
                 "periods that are counted on their own have no difference; choose another "
                 "metering_interval_type");
}

void check_groups(NewLine const& wanted, SubscriptionLine const& line,
                  reflect::Problems& problems) {
  bool const grouped = !line.price_groups.empty() || line.group_by.has_value();
  if (!line.price_groups.empty() && line.group_by)
    problems.add(wanted.path + ".group_by", "give group_by or price_groups, not both");
  if (grouped && line.min_committed_count)
    problems.add(wanted.path + ".min_committed_count",
                 "a count is not committed across prices of several groups; use min_amount");
  for (std::size_t i = 0; i < line.price_groups.size(); ++i) {
    if (line.price_groups[i].prices.front().type != line.price_type)
      problems.add(wanted.path + ".price_groups[" + std::to_string(i) + "].prices",
                   "expected the type of the line's own prices");
  }
}

void check_aggregator(UnitOfWork& work, NewLine const& wanted, SubscriptionLine const& line,
                      reflect::Problems& problems) {
  auto const aggregator = work.records<Aggregator>().find(line.aggregator_id.value_or(""));
  TB_ASSERT(aggregator.has_value());
  if (auto const reason = unsuited_prices(*aggregator, line.price_type); !reason.empty())
    problems.add(wanted.path + ".prices", reason);
  bool const running =
      !aggregator->formula_sql && aggregator->operation == AggregatorOperation::weighted_sum;
  if (running && line.metering_interval_type == MeteringIntervalType::full_database)
    problems.add(wanted.path + ".metering_interval_type",
                 "a running value has no average since ever; expected a window with a start");
}

std::string shown_filter(EventFilter const& filter) {
  std::string text;
  for (auto const& field : filter.fields) {
    if (!text.empty()) text += filter.conditional == FilterConditional::or_ ? " or " : " and ";
    text += field.property;
    if (field.op != FilterOperator::equals) text += " " + std::string(reflect::enum_name(field.op));
    for (std::size_t i = 0; i < field.values.size(); ++i)
      text += (i == 0 ? " " : ", ") + field.values[i].text;
  }
  return text;
}

}  // namespace line_metering_detail

Result<void> set_metering(UnitOfWork& work, NewLine const& wanted, SubscriptionLine& line) {
  using namespace line_metering_detail;
  reflect::Problems problems;
  line.price_options = wanted.price_options ? wanted.price_options : line.price_options;
  if (line.type != ProductType::dynamic) {
    refuse_beside_usage(wanted, problems);
    if (!problems.empty()) return fail(problems.error());
    return {};
  }
  line.metering_interval_type =
      wanted.metering_interval_type.value_or(MeteringIntervalType::payment_interval);
  line.metering_interval = wanted.metering_interval;
  line.metering_interval_start_at = wanted.metering_interval_start_at;
  line.bill_usage_difference = wanted.bill_usage_difference;
  if (!wanted.price_groups.empty()) line.price_groups = wanted.price_groups;
  if (wanted.group_by) line.group_by = wanted.group_by;
  check_windows(wanted, line, problems);
  check_groups(wanted, line, problems);
  check_aggregator(work, wanted, line, problems);
  if (!problems.empty()) return fail(problems.error());
  return {};
}

Result<std::vector<PriceGroup>> catalogue_groups(
    std::vector<PriceConfiguration> const& configurations, PriceConfiguration const& rest,
    SoldWith const& sale, std::string const& path) {
  using namespace line_metering_detail;
  std::vector<PriceGroup> groups;
  std::vector<std::string> seen;
  for (auto const& first : configurations) {
    if (!first.metering_filter) continue;
    std::string const filter = reflect::to_text(*first.metering_filter);
    if (std::ranges::find(seen, filter) != seen.end()) continue;
    seen.push_back(filter);
    std::vector<PriceConfiguration> same;
    for (auto const& other : configurations) {
      if (other.metering_filter && reflect::to_text(*other.metering_filter) == filter)
        same.push_back(other);
    }
    auto const* best = best_match(same, sale);
    if (best == nullptr) continue;
    if (best->type != rest.type)
      return fail(errors::invalid_field(
          path, "the product's prices for some events are of another type than the rest's"));
    groups.push_back({shown_filter(*best->metering_filter), *best->metering_filter, best->prices});
  }
  return groups;
}

}  // namespace tallybook
