#include "domain/subscription/valuation.hpp"

#include <algorithm>

#include "money/money.hpp"

namespace tallybook {
namespace valuation_detail {

std::string two_digits(int value) { return (value < 10 ? "0" : "") + std::to_string(value); }

void add(std::int64_t& sum, std::int64_t amount) { sum = checked_add(sum, amount); }

IntervalPeriod period_of(DurationPeriod period) {
  switch (period) {
    case DurationPeriod::days:
      return IntervalPeriod::days;
    case DurationPeriod::weeks:
      return IntervalPeriod::weeks;
    case DurationPeriod::months:
      return IntervalPeriod::months;
    case DurationPeriod::years:
      break;
  }
  return IntervalPeriod::years;
}

}  // namespace valuation_detail

std::string valuation_period(Date day, ValuationGranularity granularity) {
  auto const parts = split(day);
  std::string const year = std::to_string(parts.year);
  int const month = static_cast<int>(parts.month);
  switch (granularity) {
    case ValuationGranularity::quarter:
      return year + "-Q" + std::to_string((month + 2) / 3);
    case ValuationGranularity::month:
      return year + "-" + valuation_detail::two_digits(month);
    case ValuationGranularity::year:
      break;
  }
  return year;
}

Valuation value_of(std::span<ValuedAmount const> amounts, Period window,
                   std::optional<ValuationGranularity> granularity) {
  using valuation_detail::add;
  Valuation value;
  for (auto const& amount : amounts) {
    if (!window.contains(amount.day)) continue;
    add(value.total, amount.net);
    add(amount.invoiced ? value.invoiced : value.remaining, amount.net);
    if (amount.recurring) add(value.recurring, amount.net);
    if (!granularity) continue;
    auto const period = valuation_period(amount.day, *granularity);
    add(value.by_period[period], amount.net);
    if (amount.recurring) add(value.recurring_by_period[period], amount.net);
  }
  return value;
}

Period contract_window(Subscription const& subscription, Date today, TimeZone const& zone) {
  auto const& terms = subscription.contract_terms;
  auto const starts_at = terms.starts_at ? terms.starts_at : subscription.starts_at;
  Date const start = starts_at ? zone.date_of(*starts_at) : today;
  if (terms.ends_at) {
    // The day a contract ends on belongs to it, unless it ends with its midnight.
    Date const last = zone.date_of(*terms.ends_at);
    Date const end = zone.start_of(last) == *terms.ends_at ? last : last + 1;
    return {start, std::max(end, start)};
  }
  if (terms.end_strategy == ContractEnd::duration && terms.duration) {
    BillingInterval const length{valuation_detail::period_of(terms.duration->period),
                                 terms.duration->count};
    return {start, anniversary(start, length, 1)};
  }
  BillingInterval const year{IntervalPeriod::years, 1};
  auto const n = std::max<std::int64_t>(0, anniversaries_until(today, start, year));
  return {anniversary(start, year, n), anniversary(start, year, n + 1)};
}

}  // namespace tallybook
