#include "domain/subscription/metering.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {
namespace metering_detail {

BillingInterval interval_of(Duration const& duration) {
  switch (duration.period) {
    case DurationPeriod::days:
      return {IntervalPeriod::days, duration.count};
    case DurationPeriod::weeks:
      return {IntervalPeriod::weeks, duration.count};
    case DurationPeriod::months:
      return {IntervalPeriod::months, duration.count};
    case DurationPeriod::years:
      break;
  }
  return {IntervalPeriod::years, duration.count};
}

// Adds the part of a window that `period` counts; none when they do not meet.
void add_window(std::vector<MeteredWindow>& windows, Period window, Period period,
                TimeZone const& zone) {
  if (window.end <= period.start || period.end <= window.start) return;
  bool const over = window.end <= period.end;
  windows.push_back(
      {zone.start_of(window.start), zone.start_of(std::min(window.end, period.end)), over});
}

// Windows of `interval` from `anchor` on that meet the period.
void add_series(std::vector<MeteredWindow>& windows, Date anchor, BillingInterval interval,
                Period period, TimeZone const& zone) {
  auto n = std::max<std::int64_t>(0, anniversaries_until(period.start, anchor, interval));
  for (Date start = anniversary(anchor, interval, n); start < period.end;
       start = anniversary(anchor, interval, ++n))
    add_window(windows, {start, anniversary(anchor, interval, n + 1)}, period, zone);
}

// The day behind the last one of a contract: an end at midnight belongs to the day before.
Date day_after(Instant ends_at, TimeZone const& zone) { return zone.date_of(ends_at - 1) + 1; }

std::vector<MeteredWindow> contract_windows(ContractTerms const& contract, Date start,
                                            Period period, TimeZone const& zone) {
  std::vector<MeteredWindow> windows;
  Date const signed_on = contract.starts_at ? zone.date_of(*contract.starts_at) : start;
  Date const first = std::min(signed_on, start);
  std::optional<Date> end;
  if (contract.end_strategy == ContractEnd::duration && contract.duration)
    end = anniversary(signed_on, interval_of(*contract.duration), 1);
  else if (contract.ends_at)
    end = day_after(*contract.ends_at, zone);
  if (!end) {
    add_window(windows, {first, no_end}, period, zone);
    return windows;
  }
  add_window(windows, {first, *end}, period, zone);
  auto const renewal =
      contract.renew_for_duration ? contract.renew_for_duration : contract.duration;
  if (contract.renew_automatically && renewal)
    add_series(windows, *end, interval_of(*renewal), period, zone);
  else
    add_window(windows, {*end, no_end}, period, zone);
  return windows;
}

// The floor and the cap of the sum of groups, as far as they hold.
struct Limits {
  std::optional<Exact> floor;
  std::optional<Exact> cap;
  [[nodiscard]] Exact capped(Exact const& sum) const { return cap ? min(sum, *cap) : sum; }
  [[nodiscard]] Exact clamped(Exact const& sum) const {
    return capped(floor ? TB_MUTANT(102, max(sum, *floor), sum + *floor) : sum);
  }
};

Limits limits_of(SubscriptionLine const& line, Exact const& share) {
  Limits limits;
  if (line.min_amount) limits.floor = *line.min_amount * share;
  if (line.max_amount) limits.cap = TB_MUTANT(101, *line.max_amount * share, *line.max_amount);
  return limits;
}

std::vector<MeteredWindow> windows_of_days(SubscriptionLine const& line,
                                           ContractTerms const& contract,
                                           Instant subscription_start, Period period,
                                           TimeZone const& zone) {
  std::vector<MeteredWindow> windows;
  Date const start = zone.date_of(subscription_start);
  switch (line.metering_interval_type) {
    case MeteringIntervalType::payment_interval:
      add_window(windows, period, period, zone);
      break;
    case MeteringIntervalType::subscription_duration:
      add_window(windows, {start, no_end}, period, zone);
      break;
    case MeteringIntervalType::full_database:
      windows.push_back({std::nullopt, zone.start_of(period.end), false});
      break;
    case MeteringIntervalType::subscription_commitment:
      return contract_windows(contract, start, period, zone);
    case MeteringIntervalType::custom: {
      TB_ASSERT(line.metering_interval.has_value());
      Date const anchor =
          line.metering_interval_start_at ? zone.date_of(*line.metering_interval_start_at) : start;
      add_series(windows, anchor, to_billing_interval(*line.metering_interval), period, zone);
      break;
    }
  }
  return windows;
}

}  // namespace metering_detail

std::vector<MeteredWindow> metered_windows(SubscriptionLine const& line,
                                           ContractTerms const& contract,
                                           Instant subscription_start, ChargedPart const& charged,
                                           TimeZone const& zone) {
  auto windows =
      metering_detail::windows_of_days(line, contract, subscription_start, charged.period, zone);
  if (!charged.time) return windows;
  for (auto& window : windows) {
    if (line.metering_interval_type == MeteringIntervalType::payment_interval)
      window.from = charged.time->start;
    if (TB_MUTANT(129, charged.time->end < window.to, false)) {
      window.to = charged.time->end;
      window.over = false;
    }
  }
  return windows;
}

AggregatorRule rule_of_group(AggregatorRule rule, SubscriptionLine const& line,
                             std::optional<std::string> const& group) {
  if (line.group_by) {
    if (group) rule.group = PropertyText{*line.group_by, *group};
    return rule;
  }
  for (auto const& each : line.price_groups) {
    if (group == each.name) {
      rule.also.push_back(each.filter);
      return rule;
    }
    rule.unless.push_back(each.filter);
  }
  return rule;
}

std::vector<PriceTier> const& prices_of_group(SubscriptionLine const& line,
                                              std::optional<std::string> const& group) {
  for (auto const& each : line.price_groups) {
    if (group == each.name) return each.prices;
  }
  return line.prices;
}

bool has_limits(SubscriptionLine const& line, std::optional<Instant> const& from,
                std::optional<Instant> const& to) {
  return !line.bill_usage_difference || !from || from != to;
}

std::vector<ChargeAmount> price_window(SubscriptionLine const& line, Exact const& fraction,
                                       std::vector<GroupUsage> const& groups,
                                       bool may_be_negative) {
  using namespace metering_detail;
  PriceOptions const options = line.price_options.value_or(PriceOptions{});
  Exact const share = line.bill_usage_difference ? Exact(1) : fraction;
  Limits const limits = limits_of(line, share);
  bool const grouped = !line.price_groups.empty() || line.group_by.has_value();
  std::vector<ChargeAmount> amounts;
  Exact sum, limited, total;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto const& group = groups[i];
    bool const per_event = line.price_type == PriceType::bps;
    Exact units = group.quantity;
    if (line.min_committed_count && !per_event && !grouped)
      units =
          max(units, TB_MUTANT(100, *line.min_committed_count * share, *line.min_committed_count));
    auto const priced = per_event ? price_events(*group.prices, group.values, options)
                                  : price_quantity(*group.prices, units, options);
    sum += priced.amount_minor;
    Exact const reached = i + 1 == groups.size() ? limits.clamped(sum) : limits.capped(sum);
    Exact const whole = reached - limited;
    limited = reached;
    ChargeAmount charge;
    charge.units = group.quantity;
    charge.amount_minor = whole - group.billed_before;
    total += charge.amount_minor;
    bool const several_tiers =
        group.prices->size() > 1 || per_event || line.price_type == PriceType::packaged;
    charge.single_price =
        !several_tiers && charge.amount_minor == priced.amount_minor && units == group.quantity;
    if (!group.quantity.is_zero()) charge.unit_amount = charge.amount_minor / group.quantity;
    amounts.push_back(std::move(charge));
  }
  if (total.is_negative() && line.bill_usage_difference && !may_be_negative) {
    for (auto& charge : amounts) {
      charge.amount_minor = charge.unit_amount = 0;
      charge.single_price = false;
    }
  }
  return amounts;
}

}  // namespace tallybook
