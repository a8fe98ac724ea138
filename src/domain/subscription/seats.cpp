#include "domain/subscription/seats.hpp"

#include "base/assert.hpp"

namespace tallybook {

bool is_connected_seat(SubscriptionLine const& line) {
  return line.type == ProductType::seat && line.aggregator_id.has_value();
}

SeatRefreshMode refresh_mode(SubscriptionLine const& line) {
  return line.seat_refresh ? line.seat_refresh->mode : SeatRefreshMode::manual;
}

Period refresh_period(SubscriptionLine const& line, Date day) {
  TB_ASSERT(line.seat_refresh && line.seat_refresh->interval);
  SubscriptionLine counted = line;
  counted.payment_interval = *line.seat_refresh->interval;
  return cycle_at(counted, day);
}

std::vector<std::pair<std::string, std::string>> problems_of(SeatRefresh const& refresh,
                                                             SubscriptionLine const& line) {
  std::vector<std::pair<std::string, std::string>> problems;
  if (!is_connected_seat(line)) return {{"", "only seats connected to an aggregator have it"}};
  bool const periodic = refresh.mode == SeatRefreshMode::periodic;
  if (periodic && !refresh.interval)
    problems.emplace_back(".interval", "required by mode periodic");
  if (!periodic && refresh.interval)
    problems.emplace_back(".interval", "only mode periodic has it");
  if (!periodic && refresh.count == SeatCount::peak)
    problems.emplace_back(".count", "only mode periodic counts the peak since the last count");
  if (refresh.payment_schedule == UpdatePayment::custom)
    problems.emplace_back(".payment_schedule", "expected immediately or next_invoice");
  if (refresh.mode != SeatRefreshMode::manual && line.payment_interval.period == WirePeriod::once)
    problems.emplace_back(".mode", "seats that are charged once are counted once");
  return problems;
}

}  // namespace tallybook
