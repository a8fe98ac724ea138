#include "base/instant.hpp"

#include <cstdio>

namespace tallybook {
namespace instant_detail {

// Days since 1970-01-01 of a proleptic Gregorian date, and back: the usual era arithmetic.
std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  std::int64_t const era = (year >= 0 ? year : year - 399) / 400;
  auto const year_of_era = static_cast<unsigned>(year - era * 400);
  unsigned const day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  unsigned const day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

struct Civil {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

Civil civil_of(std::int64_t days) {
  days += 719468;
  std::int64_t const era = (days >= 0 ? days : days - 146096) / 146097;
  auto const day_of_era = static_cast<unsigned>(days - era * 146097);
  unsigned const year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  unsigned const day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned const shifted = (5 * day_of_year + 2) / 153;
  unsigned const day = day_of_year - (153 * shifted + 2) / 5 + 1;
  unsigned const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2), month, day};
}

unsigned days_in_month(std::int64_t year, unsigned month) {
  static constexpr unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : lengths[month - 1];
}

// Reads exactly `count` digits.
bool digits(std::string_view& text, int count, unsigned& out) {
  if (text.size() < static_cast<size_t>(count)) return false;
  out = 0;
  for (int i = 0; i < count; ++i) {
    char const c = text[static_cast<size_t>(i)];
    if (c < '0' || c > '9') return false;
    out = out * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(static_cast<size_t>(count));
  return true;
}

bool literal(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace instant_detail

std::string format_instant(Instant at) {
  std::int64_t days = at.ms / 86400000;
  std::int64_t rest = at.ms % 86400000;
  if (rest < 0) {
    rest += 86400000;
    --days;
  }
  auto const civil = instant_detail::civil_of(days);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04lld-%02u-%02uT%02u:%02u:%02u.%03uZ",
                static_cast<long long>(civil.year), civil.month, civil.day,
                static_cast<unsigned>(rest / 3600000), static_cast<unsigned>(rest / 60000 % 60),
                static_cast<unsigned>(rest / 1000 % 60), static_cast<unsigned>(rest % 1000));
  return buffer;
}

std::optional<Instant> parse_instant(std::string_view text) {
  using namespace instant_detail;
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millis = 0;
  if (!digits(text, 4, year) || !literal(text, '-') || !digits(text, 2, month) ||
      !literal(text, '-') || !digits(text, 2, day) || !literal(text, 'T') ||
      !digits(text, 2, hour) || !literal(text, ':') || !digits(text, 2, minute)) {
    return std::nullopt;
  }
  if (literal(text, ':')) {
    if (!digits(text, 2, second)) return std::nullopt;
    if (literal(text, '.')) {
      unsigned factor = 100;
      size_t count = 0;
      while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        millis += static_cast<unsigned>(text.front() - '0') * factor;
        factor /= 10;
        text.remove_prefix(1);
        ++count;
      }
      if (count == 0) return std::nullopt;
    }
  }
  if (text != "Z") return std::nullopt;
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
    return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  std::int64_t const seconds =
      days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  return Instant{seconds * 1000 + millis};
}

}  // namespace tallybook
