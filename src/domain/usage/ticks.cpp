#include "domain/usage/ticks.hpp"

#include "calendar/zone.hpp"

namespace tallybook {

Instant next_tick(Instant tick, TickSize size) {
  if (size == TickSize::hour) return tick + 3'600'000;
  if (size == TickSize::day) return tick + 86'400'000;
  auto const day = split(TimeZone().date_of(tick));
  return TimeZone().start_of(day.month == 12 ? make_date(day.year + 1, 1, 1)
                                             : make_date(day.year, day.month + 1, 1));
}

Instant tick_of(Instant at, TickSize size) {
  std::int64_t const unit = size == TickSize::hour ? 3'600'000 : 86'400'000;
  std::int64_t rest = at.ms % unit;
  if (rest < 0) rest += unit;
  Instant const floor{at.ms - rest};
  if (size != TickSize::month) return floor;
  auto const day = split(TimeZone().date_of(at));
  return TimeZone().start_of(make_date(day.year, day.month, 1));
}

}  // namespace tallybook
