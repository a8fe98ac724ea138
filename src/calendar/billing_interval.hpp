// Billing intervals and the series of period boundaries they make from an anchor.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "base/instant.hpp"
#include "calendar/date.hpp"
#include "calendar/zone.hpp"

namespace tallybook {

enum class IntervalPeriod { days, weeks, months, years, once };

// Every `count` periods. `once` has no count: one period without end.
struct BillingInterval {
  IntervalPeriod period = IntervalPeriod::months;
  int count = 1;  // 1..1000
  friend bool operator==(BillingInterval const&, BillingInterval const&) = default;
};

enum class CycleAlignment {
  anniversary,  // CYC-3: boundaries on the anchor's day; short months clamp, the anchor day returns
  calendar_period,  // CYC-5: boundaries on calendar weeks (Monday), months, quarters..., years; the
                    // first period may be partial
};

// Half-open local days [start, end).
struct Period {
  Date start;
  Date end;
  [[nodiscard]] int days() const { return end - start; }
  [[nodiscard]] bool contains(Date date) const { return start <= date && date < end; }
  friend bool operator==(Period const&, Period const&) = default;
};

// Half-open UTC instants [start, end).
struct InstantRange {
  Instant start;
  Instant end;
  friend bool operator==(InstantRange const&, InstantRange const&) = default;
};

// The end of a period without end: the first day that four-digit years cannot say (10000-01-01).
inline constexpr Date no_end{2932897};

// The instants of a period's local days in `zone`.
InstantRange to_instants(Period period, TimeZone const& zone);

// What is left of a period that is cut short at `end` (a termination, a contract's end): the same
// start, the earlier end; empty (start == end) when the cut lies before the period.
Period cut_at(Period period, Date end);

// The n-th boundary (n = 0 is the anchor itself, negative n lie before it) of the anniversary
// series: anchor plus n intervals counted from the anchor, so 31 January, 28 February, 31 March
// (CYC-8). Asserts that the interval is not `once`.
Date anniversary(Date anchor, BillingInterval interval, std::int64_t n);

// The index of the last anniversary at or before `date` (negative before the anchor), found
// without walking. Asserts that the interval is not `once`.
std::int64_t anniversaries_until(Date date, Date anchor, BillingInterval interval);

// The end of a period that starts at `start` when the anchor only says which day is the billing
// day (its weekday; its day of the month; for years its day and month; any day for days): `count`
// units later on that day. A start off the billing day first runs a partial period to the next
// billing day (CYC-7, CYC-9).
Date end_on_anchor_day(Date start, Date anchor, BillingInterval interval);

// The n-th boundary of months or years billed on `day` (1..31) of the month, short months clamped:
// boundary 0 lies in the month of `start`, possibly before it. Asserts months or years.
Date boundary_on_day(Date start, BillingInterval interval, int day, std::int64_t n);
// The first of those boundaries at or after `start`; what lies before it is a partial period.
Date first_boundary_on_day(Date start, BillingInterval interval, int day);
// The period that contains `date` when billing started at `start` and boundaries are on `day`:
// the partial one in front, or a whole one. Asserts start <= date.
Period period_on_day(Date date, Date start, BillingInterval interval, int day);
// How many of those periods, a partial first one included, have ended at or before `date`.
std::int64_t periods_ended(Date date, Date start, BillingInterval interval, int day);

// Where groups of several calendar units start.
enum class CalendarGroups {
  fixed,       // the default: on the boundaries described below, the same for everyone
  from_start,  // the running unit and count - 1 more
};

// The first calendar boundary strictly after `date`: Monday (weeks; groups of `count` weeks count
// from Monday 1970-01-05), 1st of a month that starts a group of `count` months counted from
// January (months; so 3 = quarters; counts that do not divide 12 count from January of year 1),
// 1 January of a year divisible into `count` (years), days: every `count` days counted from
// 1970-01-01. Asserts that the interval is not `once`.
Date next_calendar_boundary(Date date, BillingInterval interval,
                            CalendarGroups groups = CalendarGroups::fixed);
// The last calendar boundary at or before `date`.
Date calendar_boundary_at_or_before(Date date, BillingInterval interval);

// The period that starts at `start`, which must be a boundary of the series made by `anchor`
// (or, for calendar alignment, the anchor itself for a partial first period); asserts otherwise.
// `once` runs from the anchor to no_end.
Period period_from(Date start, Date anchor, BillingInterval interval, CycleAlignment alignment);

// The period of the series that contains `date`; empty before the anchor. Constant time.
std::optional<Period> period_containing(Date date, Date anchor, BillingInterval interval,
                                        CycleAlignment alignment);

// The whole cycle a (possibly partial) period belongs to: the anniversary or calendar cycle its
// first day lies in, also in front of the anchor (a period on the anniversary series is its own
// cycle; `once` is always its own). The denominator of a proration (PRO-2).
Period full_cycle(Period period, Date anchor, BillingInterval interval, CycleAlignment alignment);

}  // namespace tallybook
