#include "calendar/date.hpp"

#include <date/date.h>

#include <cstdio>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {
namespace date_detail {

date::sys_days to_days(Date day) { return date::sys_days(date::days(day.days)); }

bool digits(std::string_view text, int& out) {
  out = 0;
  for (char const c : text) {
    if (c < '0' || c > '9') return false;
    out = out * 10 + (c - '0');
  }
  return true;
}

}  // namespace date_detail

std::optional<Date> try_date(int year, int month, int day) {
  if (year < min_year || year > max_year || month < 1 || month > 12 || day < 1 || day > 31)
    return std::nullopt;
  date::year_month_day const ymd(date::year(year), date::month(static_cast<unsigned>(month)),
                                 date::day(static_cast<unsigned>(day)));
  if (!ymd.ok()) return std::nullopt;
  return Date{static_cast<std::int32_t>(date::sys_days(ymd).time_since_epoch().count())};
}

Date make_date(int year, int month, int day) {
  auto const made = try_date(year, month, day);
  TB_ASSERT(made.has_value());
  return *made;
}

YearMonthDay split(Date day) {
  TB_ASSERT(day >= min_date && day <= max_date);
  date::year_month_day const ymd(date_detail::to_days(day));
  return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

int days_in_month(int year, int month) {
  TB_ASSERT(year >= min_year && year <= max_year && month >= 1 && month <= 12);
  date::year_month_day_last const last =
      date::year(year) / static_cast<unsigned>(month) / date::last;
  return static_cast<int>(static_cast<unsigned>(last.day()));
}

int weekday(Date day) {
  return static_cast<int>(date::weekday(date_detail::to_days(day)).iso_encoding());
}

Date clamped_date(int year, int month, int day) {
  TB_ASSERT(day >= 1 && day <= 31);
  int const last = days_in_month(year, month);
  return make_date(year, month, TB_MUTANT(30, day < last, day <= last + 1) ? day : last);
}

std::string format_date(Date day) {
  YearMonthDay const ymd = split(day);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", ymd.year, ymd.month, ymd.day);
  return buffer;
}

std::optional<Date> parse_date(std::string_view text) {
  using date_detail::digits;
  int year = 0, month = 0, day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (!digits(text.substr(0, 4), year) || !digits(text.substr(5, 2), month) ||
      !digits(text.substr(8, 2), day) || year == 0) {
    return std::nullopt;
  }
  return try_date(year, month, day);
}

}  // namespace tallybook
