// Instant: a UTC moment in whole milliseconds since 1970, the API's own resolution. Calendar
// questions (days, months, zones) live in calendar/.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tallybook {

struct Instant {
  std::int64_t ms = 0;
  friend bool operator==(Instant const&, Instant const&) = default;
  friend auto operator<=>(Instant const&, Instant const&) = default;
};

inline Instant operator+(Instant at, std::int64_t ms) { return {at.ms + ms}; }
inline Instant operator-(Instant at, std::int64_t ms) { return {at.ms - ms}; }

// Years 0001 to 9999: what ISO 8601 with four digits can say.
inline constexpr std::int64_t min_instant_ms = -62135596800000;
inline constexpr std::int64_t max_instant_ms = 253402300799999;

// The years 1900 to 2199: what may be given from outside, so that what is computed from it stays
// within four digits.
inline constexpr Instant earliest_given{-2208988800000};
inline constexpr Instant latest_given{7258118400000};
[[nodiscard]] inline bool may_be_given(Instant at) {
  return earliest_given <= at && at <= latest_given;
}
inline constexpr char const* may_not_be_given = "expected a date between the years 1900 and 2200";

// "2026-01-31T09:05:00.000Z": always three decimals and Z.
std::string format_instant(Instant at);

// Reads the contract's date-time: ISO 8601 ending in Z, seconds optional, any number of decimals
// (digits past milliseconds are cut). Empty on anything else: an offset, no zone, a bare date, a
// day that does not exist, a leap second.
std::optional<Instant> parse_instant(std::string_view text);

}  // namespace tallybook
