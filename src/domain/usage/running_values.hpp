// Usage that lasts: values that hold until they change, keys that are active until they are removed
// (seats, storage). What a period pays for is how long they lasted in it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "calendar/billing_interval.hpp"
#include "money/exact.hpp"

namespace tallybook {

struct ValueChange {
  Instant at;
  Exact by;  // added to the running value; negative takes away
};

struct WeightedValue {
  Exact average;  // over the time of the period
  Exact closing;  // what the next period starts with where values persist
};

// The time-weighted average of a running value that starts with `carried_in`; changes outside the
// period are left out. Asserts that the period has a length.
[[nodiscard]] WeightedValue weighted_value(InstantRange period, Exact const& carried_in,
                                           std::span<ValueChange const> changes);

// The same average, change by change in any order: what happened before the period is carried in,
// what happens after it is left out. Asserts that the period has a length.
class RunningAverage {
 public:
  explicit RunningAverage(InstantRange period);
  void add(ValueChange const& change);
  [[nodiscard]] Exact value() const;

 private:
  InstantRange period_;
  Exact weighted_;  // value x milliseconds
};

struct KeyChange {
  Instant at;
  std::string key;
  bool removed = false;  // otherwise added; adding an active key changes nothing
};

// The days of `period` on which each key was active for any part of the day, summed over keys. A
// key is active from its addition until, exclusive, its removal; changes before the period count.
[[nodiscard]] std::int64_t active_key_days(Period period, TimeZone const& zone,
                                           std::span<KeyChange const> changes);

// How many keys are active right before `at`.
[[nodiscard]] std::int64_t active_keys(Instant at, std::span<KeyChange const> changes);

}  // namespace tallybook
