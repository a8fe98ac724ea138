// Proration: which share of a cycle was used, as an exact fraction (PRO-2, PRO-3). Whole local
// days by default; milliseconds where an update asks for that precision.
#pragma once

#include "calendar/billing_interval.hpp"
#include "money/exact.hpp"

namespace tallybook {

// Days of `used` / days of `cycle`. `used` may be longer than the cycle (a share above 1) or empty
// (0); asserts that neither runs backwards and that the cycle has a day.
Exact proration_days(Period used, Period cycle);

// Milliseconds of `used` / milliseconds of `cycle`; the same assertions.
Exact proration_ms(InstantRange used, InstantRange cycle);

}  // namespace tallybook
