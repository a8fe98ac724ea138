#include "calendar/proration.hpp"

#include "base/assert.hpp"

namespace tallybook {

Exact proration_days(Period used, Period cycle) {
  TB_ASSERT(used.days() >= 0 && cycle.days() > 0);
  return Exact::fraction(used.days(), cycle.days());
}

Exact proration_ms(InstantRange used, InstantRange cycle) {
  TB_ASSERT(used.start <= used.end && cycle.start < cycle.end);
  return Exact::fraction(used.end.ms - used.start.ms, cycle.end.ms - cycle.start.ms);
}

}  // namespace tallybook
