#include "domain/usage/running_values.hpp"

#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {
namespace running_values_detail {

template <class Change>
std::vector<Change> by_time(std::span<Change const> changes) {
  std::vector<Change> out(changes.begin(), changes.end());
  std::stable_sort(out.begin(), out.end(),
                   [](Change const& a, Change const& b) { return a.at < b.at; });
  return out;
}

// One key on its way through the period.
struct KeyDays {
  std::optional<Instant> active_since;
  Date counted_until = min_date;  // days before this one are counted
  std::int64_t days = 0;

  void pass(InstantRange period, TimeZone const& zone, Instant until) {
    if (!active_since) return;
    Instant const from = std::max(*active_since, period.start);
    Instant const to = std::min(until, period.end);
    if (to <= from) return;
    Date const first = std::max(zone.date_of(from), counted_until);
    Date const end = TB_MUTANT(87, zone.date_of(to - 1) + 1, zone.date_of(to) + 1);
    days += std::max(0, end - first);
    counted_until = std::max(counted_until, end);
  }
};

}  // namespace running_values_detail

WeightedValue weighted_value(InstantRange period, Exact const& carried_in,
                             std::span<ValueChange const> changes) {
  TB_ASSERT(period.start < period.end);
  WeightedValue out{0, carried_in};
  Instant since = period.start;
  Exact weighted;
  for (auto const& change : running_values_detail::by_time(changes)) {
    if (change.at < period.start || TB_MUTANT(86, period.end <= change.at, period.end < change.at))
      continue;
    weighted += out.closing * Exact(change.at.ms - since.ms);
    out.closing += change.by;
    since = change.at;
  }
  weighted += out.closing * Exact(period.end.ms - since.ms);
  out.average = weighted / Exact(period.end.ms - period.start.ms);
  return out;
}

RunningAverage::RunningAverage(InstantRange period) : period_(period) {
  TB_ASSERT(period.start < period.end);
}

void RunningAverage::add(ValueChange const& change) {
  if (period_.end <= change.at) return;
  Instant const since = std::max(change.at, period_.start);
  weighted_ += change.by * Exact(period_.end.ms - since.ms);
}

Exact RunningAverage::value() const { return weighted_ / Exact(period_.end.ms - period_.start.ms); }

std::int64_t active_key_days(Period period, TimeZone const& zone,
                             std::span<KeyChange const> changes) {
  InstantRange const range = to_instants(period, zone);
  std::map<std::string, running_values_detail::KeyDays> keys;
  for (auto const& change : running_values_detail::by_time(changes)) {
    auto& key = keys[change.key];
    if (!change.removed) {
      if (!key.active_since) key.active_since = change.at;
      continue;
    }
    key.pass(range, zone, change.at);
    key.active_since.reset();
  }
  std::int64_t days = 0;
  for (auto& [name, key] : keys) {
    key.pass(range, zone, range.end);
    days += key.days;
  }
  return days;
}

std::int64_t active_keys(Instant at, std::span<KeyChange const> changes) {
  std::map<std::string, bool> active;
  for (auto const& change : running_values_detail::by_time(changes)) {
    if (change.at < at) active[change.key] = !change.removed;
  }
  return std::count_if(active.begin(), active.end(), [](auto const& one) { return one.second; });
}

}  // namespace tallybook
