#include "calendar/zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "base/mutant.hpp"

namespace tallybook {
namespace zone_detail {

using Millis = std::chrono::milliseconds;
using SysMillis = std::chrono::sys_time<Millis>;

constexpr std::int64_t day_ms = 86'400'000;

date::time_zone const& rules(void const* zone) {
  return *static_cast<date::time_zone const*>(zone);
}

std::int64_t floor_days(std::int64_t ms) {
  std::int64_t const days = ms / day_ms;
  return TB_MUTANT(27, ms % day_ms < 0, false) ? days - 1 : days;
}

}  // namespace zone_detail

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  if (name == "localtime") return std::nullopt;
  TimeZone out;
  if (name == "Etc/UTC") return out;
  try {
    out.zone_ = date::locate_zone(std::string(name));
  } catch (std::runtime_error const&) {  // the library's way to say "no such zone"
    return std::nullopt;
  }
  return out;
}

std::string const& TimeZone::name() const {
  static std::string const utc = "Etc/UTC";
  return zone_ == nullptr ? utc : zone_detail::rules(zone_).name();
}

Instant TimeZone::start_of(Date day) const {
  using namespace zone_detail;
  std::int64_t const as_utc = day.days * day_ms;
  if (zone_ == nullptr) return {as_utc};
  date::local_days const midnight{date::days(day.days)};
  date::local_info const info = rules(zone_).get_info(midnight);
  if (TB_MUTANT(29, info.result == date::local_info::nonexistent, false)) {
    return {std::chrono::duration_cast<Millis>(info.first.end.time_since_epoch()).count()};
  }
  return {as_utc - Millis(info.first.offset).count()};
}

Date TimeZone::date_of(Instant at) const {
  using namespace zone_detail;
  if (zone_ == nullptr) return {static_cast<std::int32_t>(floor_days(at.ms))};
  auto const info = rules(zone_).get_info(SysMillis(Millis(at.ms)));
  std::int64_t const local = at.ms + Millis(info.offset).count();
  Date const shown{static_cast<std::int32_t>(floor_days(local))};
  // Late in the evening only: the next day may already have begun once.
  constexpr std::int64_t evening = day_ms * 20 / 24;
  if (local - shown.days * day_ms >= evening && TB_MUTANT(28, start_of(shown + 1) <= at, false))
    return shown + 1;
  return shown;
}

std::string TimeZone::time_of(Instant at) const {
  using namespace zone_detail;
  std::int64_t local = at.ms;
  if (zone_ != nullptr)
    local += Millis(rules(zone_).get_info(SysMillis(Millis(at.ms))).offset).count();
  std::int64_t const ms = local - floor_days(local) * day_ms;
  auto const digits = [](std::int64_t value, std::size_t width) {
    std::string text = std::to_string(value);
    return std::string(width - std::min(width, text.size()), '0') + text;
  };
  std::string text = digits(ms / 3'600'000, 2) + ":" + digits(ms / 60'000 % 60, 2);
  if (ms % 60'000 != 0) text += ":" + digits(ms / 1000 % 60, 2);
  if (ms % 1000 != 0) text += "." + digits(ms % 1000, 3);
  return text;
}

std::string TimeZone::moment_text(Instant at) const {
  Date const day = date_of(at);
  return start_of(day) == at ? format_date(day) : format_date(day) + " " + time_of(at);
}

}  // namespace tallybook
