// What falls due and what it costs: pure rules over a subscription's lines. Periods are half-open
// local days; amounts are exact until compute_totals rounds each line once.
#pragma once

#include "domain/invoice/invoice.hpp"

namespace tallybook {

// Puts the line into its first period when the subscription starts on `start`; sets next_charge_at.
void start_line(SubscriptionLine& line, Date start, BillingCycleAlignment alignment,
                TimeZone const& zone);

// What of a cycle is charged.
struct ChargedPart {
  Period period;       // local days
  Exact fraction = 1;  // of the cycle; a period in front of a late first billing may hold several
  std::optional<InstantRange> time = {};  // its moments, where it is counted by its time
};

// One charge that is due: the period it pays for and the whole cycle it is a part of (PRO-2).
struct DueCharge {
  ChargedPart part;  // for `once`: the start day and the day after
  Period cycle;
  Instant due_at;
};

// The charge the line's next_charge_at stands for. Asserts that there is one.
[[nodiscard]] DueCharge due_charge(SubscriptionLine const& line, TimeZone const& zone);

// Moves the line past its due charge.
void advance_line(SubscriptionLine& line, TimeZone const& zone);

// The period the line's cycle is in on a day, the partial one in front of its anchor included.
[[nodiscard]] Period cycle_at(SubscriptionLine const& line, Date day);
// The whole cycle a (possibly partial) period of the line belongs to (PRO-2).
[[nodiscard]] Period whole_cycle(SubscriptionLine const& line, Period period);
// The period that is running: in advance the one charged last, in arrears the one named. Empty
// before the start and for one-time lines.
[[nodiscard]] std::optional<Period> running_dates(SubscriptionLine const& line,
                                                  TimeZone const& zone);
// The period in front of a late first billing while it is not charged: whatever the schedule, that
// happens at its end (CYC-7).
[[nodiscard]] std::optional<Period> unbilled_front(SubscriptionLine const& line);
// The running period where it is charged at its end.
[[nodiscard]] std::optional<Period> open_dates(SubscriptionLine const& line, TimeZone const& zone);
// All of what is charged at its end: from where a change cut it on. Empty without open_dates.
[[nodiscard]] std::optional<ChargedPart> open_part(SubscriptionLine const& line,
                                                   TimeZone const& zone);
// Whether its next charge falls due by then.
[[nodiscard]] bool is_due(SubscriptionLine const& line, Instant by);
// Passes over what fell due up to `until` without charging it.
void skip_charges(SubscriptionLine& line, Instant until, TimeZone const& zone);
// The same when a pause ends: the line keeps which cycle it made free (SUB-6).
void pass_over(SubscriptionLine& line, Instant until, TimeZone const& zone);

// Whether both cost the same for each of their periods, whoever names them.
[[nodiscard]] bool same_charges(SubscriptionLine const& a, SubscriptionLine const& b);

// Where a change cuts a period: the day belongs to what is new; milliseconds count from `at`.
struct Cut {
  Date day;
  Instant at;
  ProrationBasis basis = ProrationBasis::calendar_days;
};
// Its first moment.
[[nodiscard]] Instant moment_of(Cut const& cut, TimeZone const& zone);
// The line's open period begins at the cut.
void open_from(SubscriptionLine& line, Cut const& cut);
// A part of a period and its share of the cycle.
struct CycleShare {
  Period period;
  InstantRange range;
  Exact fraction;
};
// What is left of `running` from the cut on; an empty part has the fraction 0.
[[nodiscard]] CycleShare share_after(Period running, Period cycle, Cut const& cut,
                                     TimeZone const& zone);

// What was used of a line's open period before the cut; empty when it does not begin before it. By
// its time where the cut is, or the change before was: a day that was cut in two counts as one of
// its days.
[[nodiscard]] std::optional<ChargedPart> used_part(SubscriptionLine const& line, Cut const& cut,
                                                   TimeZone const& zone);

// The exact net amount of a line for a share of a cycle, and how it is shown.
struct ChargeAmount {
  Exact units;
  Exact unit_amount;
  bool single_price = true;  // false: tiers differ and unit_amount is the average
  Exact amount_minor;
};

// flat_fee and seat: the price of `count`, times the fraction.
// dynamic: the price of `quantity` (bps: of each of `values`) with the commitment, floor and cap,
// which shrink with a partial period (policies: committed, min, max USE-12).
[[nodiscard]] ChargeAmount charge_amount(SubscriptionLine const& line, Exact const& fraction,
                                         Exact const& quantity, std::vector<Exact> const& values);

// The earliest instant the billing run has work for this subscription: a line's charge, the planned
// start, the end of the cancellation day. Empty when there is none.
[[nodiscard]] std::optional<Instant> next_due(Subscription const& subscription,
                                              std::vector<SubscriptionLine> const& lines,
                                              TimeZone const& zone);

// The day after the last one that counts as used (policies: termination.day): the cancellation day
// is used, unless it is exactly the midnight at which a line's next period would begin, which ends
// the service there so that no new period starts.
[[nodiscard]] Date end_of_service(Instant cancel_at, std::vector<SubscriptionLine> const& lines,
                                  TimeZone const& zone);

// The used part of what is charged in arrears when service ends at the start of `end_on`
// (charge_prorata).
struct ProratedPart {
  std::size_t line = 0;
  ChargedPart part;
};
[[nodiscard]] std::vector<ProratedPart> used_in_arrears(std::vector<SubscriptionLine> const& lines,
                                                        Date end_on, TimeZone const& zone);

// The last day-after of all running periods: when end_of_period takes effect.
[[nodiscard]] std::optional<Date> end_of_running_periods(
    std::vector<SubscriptionLine> const& lines);

// The same of the periods that will run at `at`, or end there; nothing to come is before that.
[[nodiscard]] std::optional<Date> end_of_periods_at(std::vector<SubscriptionLine> const& lines,
                                                    Instant at, TimeZone const& zone);

// Annual value of the recurring lines that are no usage, exact minor units (ANA-2 without coupons).
[[nodiscard]] Exact annual_value(std::vector<SubscriptionLine> const& lines);

}  // namespace tallybook
