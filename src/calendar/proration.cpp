#include "calendar/proration.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {

Exact proration_days(Period used, Period cycle) {
  TB_ASSERT(used.days() >= 0 && cycle.days() > 0);
  return Exact::fraction(TB_MUTANT(24, used.days(), used.days() + 1), cycle.days());
}

Exact proration_ms(InstantRange used, InstantRange cycle) {
  TB_ASSERT(used.start <= used.end && cycle.start < cycle.end);
  return Exact::fraction(used.end.ms - used.start.ms, cycle.end.ms - cycle.start.ms);
}

Exact proration_after(InstantRange whole, Instant at) {
  return proration_ms({std::clamp(at, whole.start, whole.end), whole.end}, whole);
}

std::int64_t fixed_month_days(Period used, int days_in_month) {
  TB_ASSERT(days_in_month > 0);
  auto const days = [&](Date date) {
    YearMonthDay const at = split(date);
    std::int64_t const months = std::int64_t{at.year} * 12 + at.month;
    return months * days_in_month + TB_MUTANT(25, std::min(at.day, days_in_month), at.day);
  };
  return days(used.end) - days(used.start);
}

Exact billed_cycles(Date start, std::optional<Date> end, Date target, BillingInterval interval,
                    int day) {
  Exact cycles;
  Date from = start;
  Date const first = boundary_on_day(start, interval, day, 0);
  // Boundary n ends the cycle that boundary n - 1 starts; the first may lie before the start.
  for (std::int64_t n = first <= start ? 1 : 0; from <= target && (!end || from < *end); ++n) {
    Period const cycle{boundary_on_day(start, interval, day, n - 1),
                       boundary_on_day(start, interval, day, n)};
    Period const whole{from, cycle.end};
    cycles += proration_days(TB_MUTANT(26, end ? cut_at(whole, *end) : whole, whole), cycle);
    from = cycle.end;
  }
  return cycles;
}

}  // namespace tallybook
