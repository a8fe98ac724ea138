// Dates: every kind of date case is one call of calendar/.
#include "calendar/billing_interval.hpp"
#include "golden/calendar_words.hpp"
#include "golden/themes.hpp"

namespace tallybook::golden {
namespace dates_detail {

TimeZone zone_of(Json const& inputs) {
  auto const zone = TimeZone::find(inputs.at("timezone").word());
  if (!zone) throw BadCase("unknown time zone: " + inputs.at("timezone").word());
  return *zone;
}

BillingInterval interval_of(Json const& inputs) {
  Json const& interval = inputs.at("interval");
  return named_interval(interval.at("unit").word(), interval.at("count").small());
}

BillingInterval period_of(Json const& inputs) {
  return named_interval(inputs.at("period").word(), 1);
}

CycleAlignment alignment_of(Json const& inputs) {
  std::string const& name = inputs.at("alignment").word();
  if (name == "anniversary") return CycleAlignment::anniversary;
  if (name == "calendar") return CycleAlignment::calendar_period;
  throw NotApplicable{"alignment", name + ": an alignment we do not offer"};
}

Date cut(Date start, Date next, Json const& inputs) {
  return inputs.has("subscription_end")
             ? cut_at({start, next}, day(inputs.at("subscription_end"))).end
             : next;
}

void next_anniversary(Json const& inputs, Policy const&, Checker& check) {
  zone_of(inputs);
  Date const start = day(inputs.at("period_start"));
  Date const next = end_on_anchor_day(start, day(inputs.at("anchor")), interval_of(inputs));
  check.text("next_date", format_date(cut(start, next, inputs)));
}

void next_calendar(Json const& inputs, Policy const& policy, Checker& check) {
  zone_of(inputs);
  bool const from_start =
      policy.is("calendar.multi_count_first_period", "boundary_plus_count_minus_one");
  Date const start = day(inputs.at("period_start"));
  Date const next = next_calendar_boundary(
      start, interval_of(inputs), from_start ? CalendarGroups::from_start : CalendarGroups::fixed);
  check.text("next_date", format_date(cut(start, next, inputs)));
}

void series(Json const& inputs, Policy const&, Checker& check) {
  int const first = inputs.at("first_occurrence_index").small();
  int const count = inputs.at("occurrences").small();
  std::vector<Json> dates;
  for (int i = 0; i < count; ++i) {
    dates.push_back(Json::of(
        format_date(anniversary(day(inputs.at("anchor")), interval_of(inputs), first + i))));
  }
  check.value("billing_dates", Json::list(std::move(dates)));
}

void period_boundaries(Json const& inputs, Policy const& policy, Checker& check) {
  Date const billing_at = day(inputs.at("billing_at"));
  BillingInterval const interval = interval_of(inputs);
  bool const arrears = inputs.at("billing_mode").word() == "arrears";
  Date anchor = calendar_boundary_at_or_before(billing_at - 1, interval);
  if (inputs.has("subscription_start")) anchor = day(inputs.at("subscription_start"));
  if (inputs.has("anchor")) anchor = day(inputs.at("anchor"));
  // In arrears the period that has just ended is billed, in advance the one that begins.
  auto const period = period_containing(arrears ? billing_at - 1 : billing_at, anchor, interval,
                                        alignment_of(inputs));
  if (!period) throw BadCase("billing before the anchor");
  InstantRange const range = to_instants(*period, zone_of(inputs));
  bool const last_second = policy.is("period.end", "inclusive_last_second");
  check.instant("from_utc", range.start);
  check.instant("to_utc", last_second ? range.end - 1000 : range.end);
}

void renewal_due(Json const& inputs, Policy const&, Checker& check) {
  TimeZone const zone = zone_of(inputs);
  Date const renewal = day(inputs.at("renewal_local_date"));
  std::vector<Json> due;
  for (Json const& tick : inputs.at("clock_ticks_utc").list())
    due.push_back(Json::of_boolean(zone.date_of(instant(tick)) >= renewal));
  check.value("renewal_due", Json::list(std::move(due)));
}

void first_billing_date(Json const& inputs, Policy const&, Checker& check) {
  Date const first = first_boundary_on_day(day(inputs.at("start")), period_of(inputs),
                                           inputs.at("billing_day").small());
  check.text("first_billing_date", format_date(first));
}

void cycle_end(Json const& inputs, Policy const&, Checker& check) {
  Period const period = period_on_day(day(inputs.at("target_date")), day(inputs.at("start")),
                                      period_of(inputs), inputs.at("billing_day").small());
  check.text("effective_end", format_date(period.end));
}

void advance_period(Json const& inputs, Policy const&, Checker& check) {
  Date const at = day(inputs.at("invoice_date"));
  Period const period = period_on_day(at, at, period_of(inputs), inputs.at("billing_day").small());
  check.text("period_start", format_date(period.start));
  check.text("period_end", format_date(period.end));
}

void elapsed_cycles(Json const& inputs, Policy const&, Checker& check) {
  check.number("elapsed_cycles",
               periods_ended(day(inputs.at("target")), day(inputs.at("start")), period_of(inputs),
                             inputs.at("billing_day").small()));
}

}  // namespace dates_detail

Theme billing_dates_theme() {
  using namespace dates_detail;
  Theme theme;
  theme.kinds = {{"date.next_anniversary", next_anniversary},
                 {"date.next_calendar", next_calendar},
                 {"date.series_anniversary", series},
                 {"date.period_boundaries", period_boundaries},
                 {"date.renewal_due_at_clock", renewal_due},
                 {"date.first_billing_date_from_day_of_month", first_billing_date},
                 {"date.cycle_end", cycle_end},
                 {"date.advance_period", advance_period},
                 {"date.elapsed_cycles", elapsed_cycles}};
  theme.offered = {
      {"anchor.short_month", {"clamp_to_last_day"}},
      {"anchor.after_short_month", {"returns_to_anchor_day"}},
      {"anchor.end_of_month", {"not_sticky"}},
      {"anchor.weekday_mismatch", {"first_partial_period_to_anchor_weekday"}},
      {"billing_day",
       {"first_period_partial_to_billing_day", "account_day_of_month_separate_from_start"}},
      {"billing_mode", {"advance", "arrears"}},
      {"calendar.first_period", {"partial_until_next_calendar_boundary"}},
      {"calendar.multi_count_first_period", {"boundary_plus_count_minus_one"}},
      {"calendar.week_start", {"monday"}},
      {"period.boundaries", {"customer_timezone"}},
      {"period.end", {"exclusive", "inclusive_last_second"}}};
  theme.reasons = {{"anchor.first_period=anchor_in_year_plus_interval_not_first_anchor_after_start",
                    "ours runs a partial period to the first anchor day after the start"}};
  return theme;
}

}  // namespace tallybook::golden
