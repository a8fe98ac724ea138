// Time zones: IANA names, local days cut from UTC instants. A nonexistent local midnight moves
// forward to the first instant of that day; an ambiguous one takes the first (policies: DST).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "calendar/date.hpp"

namespace tallybook {

class TimeZone {
 public:
  TimeZone() = default;  // Etc/UTC
  // Canonical IANA names and the links of the tz database, in its own spelling; empty when the
  // database lacks it, and for "localtime", which means another zone on every machine.
  static std::optional<TimeZone> find(std::string_view name);

  [[nodiscard]] std::string const& name() const;
  // The first instant of the local day. A day the zone skipped is empty: it starts when the next
  // one does.
  [[nodiscard]] Instant start_of(Date date) const;
  // The local day an instant falls in: start_of(day) <= at < start_of(day + 1). When the clock
  // falls back over midnight, the hour shown as the old day again still counts to the new day.
  [[nodiscard]] Date date_of(Instant at) const;
  // What a clock on the wall shows: 12:00, with seconds and thousandths where there are any.
  [[nodiscard]] std::string time_of(Instant at) const;
  // The day, and the time where it is not the start of the day: 2026-01-16 12:00.
  [[nodiscard]] std::string moment_text(Instant at) const;
  friend bool operator==(TimeZone const& a, TimeZone const& b) { return a.zone_ == b.zone_; }

 private:
  void const* zone_ = nullptr;  // date::time_zone, nullptr means UTC
};

}  // namespace tallybook
