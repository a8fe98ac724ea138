// Date: a day of the proleptic Gregorian calendar, without a clock or a zone. The tz database is
// used only inside calendar/*.cpp.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tallybook {

// Days since 1970-01-01. Years 1 to 9999 are representable on the wire; arithmetic may pass them,
// up to the years below; what leaves those asserts when it is split or made.
struct Date {
  std::int32_t days = 0;
  friend bool operator==(Date const&, Date const&) = default;
  friend auto operator<=>(Date const&, Date const&) = default;
};

struct YearMonthDay {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
  friend bool operator==(YearMonthDay const&, YearMonthDay const&) = default;
};

inline constexpr int min_year = -32000;
inline constexpr int max_year = 32000;
inline constexpr Date min_date{-12407288};  // 1 January of min_year
inline constexpr Date max_date{10968597};   // 31 December of max_year

Date make_date(int year, int month, int day);                // asserts that the day exists
std::optional<Date> try_date(int year, int month, int day);  // empty when it does not
YearMonthDay split(Date date);
int days_in_month(int year, int month);
int weekday(Date date);  // 1 Monday .. 7 Sunday

inline Date operator+(Date date, int days) { return {date.days + days}; }
inline Date operator-(Date date, int days) { return {date.days - days}; }
inline int operator-(Date a, Date b) { return a.days - b.days; }

std::string format_date(Date date);                     // "2026-01-31"
std::optional<Date> parse_date(std::string_view text);  // exactly that form, a day that exists

// The last day of the month when the day does not exist: (2026, 2, 31) -> 2026-02-28.
Date clamped_date(int year, int month, int day);

}  // namespace tallybook
