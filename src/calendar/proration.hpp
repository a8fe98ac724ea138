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

// The share of `whole` that lies after `at`: 1 before it, 0 behind it. Asserts that it has a
// length.
Exact proration_after(InstantRange whole, Instant at);

// The option of months that all have as many days (PRO-3): the days of `used` when every month
// counts `days_in_month` of them, days of the month beyond that being its last. Negative when it
// runs backwards.
std::int64_t fixed_month_days(Period used, int days_in_month);

// How many cycles are billed in advance up to `target`, the day itself included: the partial one in
// front of the first `day` of the month, every whole one that starts by then, and of the last one
// the part before `end`. Months or years, as for period_on_day.
Exact billed_cycles(Date start, std::optional<Date> end, Date target, BillingInterval interval,
                    int day);

}  // namespace tallybook
