// What a subscription is worth over its contract: amounts without tax, each at the day its period
// starts, summed and put into the periods they fall in.
#pragma once

#include <map>
#include <span>

#include "domain/subscription/subscription.hpp"

namespace tallybook {

BOOST_DEFINE_ENUM_CLASS(ValuationGranularity, year, quarter, month)

struct ValuedAmount {
  std::int64_t net = 0;  // minor units without tax; what is credited is negative
  Date day;
  bool recurring = false;
  bool invoiced = false;  // else projected
};

struct Valuation {
  std::int64_t total = 0;
  std::int64_t invoiced = 0;
  std::int64_t remaining = 0;
  std::int64_t recurring = 0;
  // "2026", "2026-Q1" or "2026-01"; ascending.
  std::map<std::string, std::int64_t> by_period;
  std::map<std::string, std::int64_t> recurring_by_period;
};

[[nodiscard]] std::string valuation_period(Date day, ValuationGranularity granularity);
// Of the days in `window` only; without a granularity the lists stay empty.
[[nodiscard]] Valuation value_of(std::span<ValuedAmount const> amounts, Period window,
                                 std::optional<ValuationGranularity> granularity);

// The contract's days: from its start (else the subscription's) to its end. Without an end the
// running year of it: [the last anniversary at or before today, the next one).
[[nodiscard]] Period contract_window(Subscription const& subscription, Date today,
                                     TimeZone const& zone);

}  // namespace tallybook
