// Phases in time (PHA-1 to PHA-9) and the contract around them (CON-2 to CON-5): which day a phase
// ends, which cycles go on in the next one, when a contract starts and renews. Pure rules.
#pragma once

#include "domain/subscription/billing.hpp"

namespace tallybook {

// `count` periods later; months and years clamp to the month's last day.
[[nodiscard]] Date later_by(Date date, Duration duration);

// The day after the last one an end names: an end within a day includes that day (PHA-3).
[[nodiscard]] Date day_after_end(Instant ends_at, TimeZone const& zone);

// The day after the phase's last one; what follows starts there. Empty: no planned end.
[[nodiscard]] std::optional<Date> phase_boundary(SubscriptionPhase const& phase,
                                                 TimeZone const& zone);

// Makes the phase the running one from `start` on; its end is fixed where it is planned.
void begin_phase(SubscriptionPhase& phase, Instant start, ContractTerms const& contract,
                 TimeZone const& zone);

// Puts a line of a phase that begins on `start` into its first period; a billing date of the
// phase's own leaves a partial period in front, charged on that date (CYC-7).
void start_phase_line(SubscriptionLine& line, SubscriptionPhase const& phase, Date start,
                      TimeZone const& zone);

// The running line of `before` whose cycle `line` joins: the same interval, not one-time. nullptr:
// it starts a cycle of its own.
[[nodiscard]] SubscriptionLine const* cycle_to_join(SubscriptionLine const& line,
                                                    std::vector<SubscriptionLine> const& before);
// Whether cycles go on between two phases: a product of both has the same interval (PHA-5).
[[nodiscard]] bool keeps_cycles(std::vector<SubscriptionLine> const& before,
                                std::vector<SubscriptionLine const*> const& after);
// Whether a product of both would be charged by other periods than those it is paid for, or at
// their other end: without a charge its days would be paid twice or never.
[[nodiscard]] bool moves_days(SubscriptionLine const& running, SubscriptionLine const& next);
// Puts `line` from `start` on into the cycle of `running`. In advance its next charge is the next
// whole period: the rest of the running one is charged by the change. On a boundary of the cycle
// there is no rest, nor in front of a first billing: that is charged with it.
void join_cycle(SubscriptionLine& line, SubscriptionLine const& running, Date start,
                TimeZone const& zone);
// What a line that joined a cycle is charged for at once: the rest of the running period, or with
// pay_in_full what the period costs, by the whole cycle it belongs to (PRO-2).
struct JoinedRest {
  CycleShare share;
  Period cycle;
};
[[nodiscard]] JoinedRest rest_of_cycle(SubscriptionLine const& line, Cut const& cut,
                                       CalculationMethod method, TimeZone const& zone);
// None: it is charged with a whole period, or not for this.
[[nodiscard]] std::optional<JoinedRest> rest_to_charge(SubscriptionLine const& line, Cut const& cut,
                                                       CalculationMethod method,
                                                       TimeZone const& zone);

// Fixes the contract's dates when the subscription becomes active at `at`. True: it has begun. A
// subscription that names neither dates nor a duration has none.
bool begin_contract(Subscription& subscription, Instant at, TimeZone const& zone);
// The time the contract commits to, as prices name it; none when it is not for a time.
[[nodiscard]] std::optional<Interval> commitment_of(ContractTerms const& contract);
// When something of the contract happens next: it starts, renews or is over.
[[nodiscard]] std::optional<Instant> contract_due(Subscription const& subscription,
                                                  TimeZone const& zone);
// What happens at that instant, as webhook names; none for a contract that is merely over.
[[nodiscard]] std::vector<std::string> advance_contract(Subscription& subscription,
                                                        TimeZone const& zone);

}  // namespace tallybook
