// Subscriptions: create, activate, cancel. Whatever is due at once is billed in the same
// transaction (SUB-4, SUB-5).
#pragma once

#include "app/coupon/attaching.hpp"
#include "domain/subscription/states.hpp"

namespace tallybook {

// How a usage line counts, and prices by what events say.
struct NewMetering {
  std::optional<MeteringIntervalType> metering_interval_type;
  std::optional<Interval> metering_interval;
  std::optional<Instant> metering_interval_start_at;
  bool bill_usage_difference = false;
  std::vector<PriceGroup> price_groups;
  std::optional<std::string> group_by;
  std::optional<PriceOptions> price_options;
};
BOOST_DESCRIBE_STRUCT(NewMetering, (),
                      (metering_interval_type, metering_interval, metering_interval_start_at,
                       bill_usage_difference, price_groups, group_by, price_options))

// One line as asked for; prices empty: the catalogue's.
struct NewLine : NewMetering {
  ProductId product_id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  bool description_display_interval_dates = false;
  std::optional<Interval> payment_interval;
  std::optional<PaymentSchedule> payment_schedule;
  // Of the subscription: for what repeats and is neither usage nor credits.
  std::optional<PaymentSchedule> default_schedule;
  std::optional<PriceType> price_type;
  std::vector<PriceTier> prices;
  std::optional<Exact> count;
  std::optional<std::string> unit_name;
  std::optional<Exact> min_committed_count;
  std::optional<Exact> min_amount;
  std::optional<Exact> max_amount;
  std::optional<SeatRefresh> seat_refresh;
  std::optional<int> credits_expiration_in_days;
  std::optional<bool> expire_credits_at_end_of_period;
  std::string path;  // "products[0]", for messages
};
BOOST_DESCRIBE_STRUCT(NewLine, (NewMetering),
                      (product_id, name, description, description_display_interval_dates,
                       payment_interval, payment_schedule, default_schedule, price_type, prices,
                       count, unit_name, min_committed_count, min_amount, max_amount, seat_refresh,
                       credits_expiration_in_days, expire_credits_at_end_of_period, path))

struct NewPhase {
  SubscriptionPhase phase;
  std::vector<NewLine> lines;
  std::vector<NewAttachedCoupon> coupons;
  std::string path;  // "phases[0]", for messages; empty: the fields of the subscription itself
  std::optional<PhaseStatus> status = {};  // as it was read, when it is put back
  // Given beside an end strategy that finds the end itself: only as it was read.
  std::optional<Instant> told_end = {};
};

// 400 for phases that want something or are over before they begin; `begins_at`: the first one's
// start, where it is known.
Result<void> check_phases(std::vector<NewPhase> const& phases, std::optional<Instant> begins_at,
                          ContractTerms const& contract, TimeZone const& zone);
// A phase and what it sells; `paths` name its lines.
struct SoldPhase {
  SubscriptionPhase const* phase;
  std::vector<SubscriptionLine const*> lines;
  std::vector<std::string> paths;
  std::string path = {};  // of the phase
};
// 400 where a phase without a charge moves the days of a product of the phase before it, or one
// whose cycles go on names a first billing date.
Result<void> check_sold_phases(std::vector<SoldPhase> const& phases);
// 400: the phase's end strategy finds the end itself.
Error end_not_used(NewPhase const& phase);

struct NewSubscription {
  Subscription subscription;  // what the caller set; ids and dates are filled here
  std::vector<NewPhase> phases;
  std::optional<std::string> promotion_code;
  std::optional<Instant> begins_at = {};  // of a version: when it takes over
};

// The coupons, phases and waiting charges of a subscription, for what is shown of it.
void load_shown(SqlSession& sql, Tenant const& tenant, Subscription& subscription);
void load_shown(SqlSession& sql, Tenant const& tenant, Subscription& subscription,
                std::vector<SubscriptionPhase> const& phases);

void know_phases(Subscription& subscription, std::vector<SubscriptionPhase> const& phases);

struct SubscriptionState {
  Subscription subscription;
  std::vector<SubscriptionPhase> phases;
  std::vector<SubscriptionLine> lines;
};

// Everything but storing, starting and telling: the state a subscription begins with.
Result<SubscriptionState> make_subscription(UnitOfWork& work, NewSubscription wanted);
// The line of a product as asked for, priced as the subscription's currency, plan and contract say;
// ids and places are the caller's.
Result<SubscriptionLine> make_line(UnitOfWork& work, NewLine const& wanted,
                                   Customer const& customer, Subscription const& subscription);
// The coupons of its phases and of a promotion code, after insert_parts().
Result<void> attach_phase_coupons(UnitOfWork& work, SubscriptionState& state,
                                  NewSubscription const& wanted);
// Stores phases and lines that are new.
void insert_parts(UnitOfWork& work, SubscriptionState const& state);
Result<SubscriptionState> create_subscription(UnitOfWork& work, NewSubscription wanted);
Result<SubscriptionState> activate_subscription(UnitOfWork& work, SubscriptionId const& id);

struct CancelTerms {
  std::optional<Instant> cancel_at;  // absent: now
  std::optional<std::string> reason;
  // Absent: what was chosen with the subscription, with its amount; else nothing is done.
  std::optional<CancellationStrategy> strategy;
  std::optional<std::int64_t> amount;  // custom strategies
  std::optional<RefundMethod> refund_method;
};
// Now or planned; a pending one is voided. 409 when it has ended.
Result<SubscriptionState> cancel_subscription(UnitOfWork& work, SubscriptionId const& id,
                                              CancelTerms wanted);

SubscriptionState load_state(SqlSession& sql, Tenant const& tenant, Subscription subscription);

// Pauses an active subscription: nothing that falls due meanwhile is billed (SUB-6). On a paused
// one it sets or clears the planned reactivation.
Result<SubscriptionState> pause_subscription(UnitOfWork& work, SubscriptionId const& id,
                                             std::optional<Instant> reactivate_at);
// paused or errored -> active, without what fell due meanwhile.
Result<SubscriptionState> reactivate_subscription(UnitOfWork& work, SubscriptionId const& id);
// Takes a cancellation back, planned or done; what was given back of the running period is charged
// again from today on.
Result<SubscriptionState> reinstate_subscription(UnitOfWork& work, SubscriptionId const& id);
// Charges the periods that begin up to `up_to` now (SUB-10).
Result<SubscriptionState> renew_subscription(UnitOfWork& work, SubscriptionId const& id,
                                             Instant up_to);
// Ends the running phase and begins the next one; at a moment, past or to come within the running
// periods (PHA-9).
Result<SubscriptionState> begin_next_phase(UnitOfWork& work, SubscriptionId const& id,
                                           std::optional<Instant> at);

// The subscription, locked, with what is due by now charged.
Result<SubscriptionState> load_current(UnitOfWork& work, SubscriptionId const& id);
// 409 with the state and what it allows, unless the call suits it. The second: beside its status
// the call needs something that is not there, which `message` says.
Result<void> require_state(UnitOfWork& work, Subscription const& subscription,
                           SubscriptionCall call);
Error refused_by_state(UnitOfWork& work, Subscription const& subscription, SubscriptionCall call,
                       std::string message);

// Nothing of a planned or done end is left.
void clear_cancellation(Subscription& subscription);

// Used by the billing run: a planned reactivation.
void resume_subscription(UnitOfWork& work, SubscriptionState& state);
// Nothing runs any more: lines and phases end, open invoices and planned changes go.
void close_subscription(UnitOfWork& work, SubscriptionState& state, SubscriptionStatus status);

// Used by the billing run: puts a pending subscription whose start has come into its first periods.
void start_subscription(UnitOfWork& work, SubscriptionState& state);
// Ends it as its strategy says; service has run until the end of the cancellation day.
void end_subscription(UnitOfWork& work, SubscriptionState& state);
// Stores the subscription with the next instant the billing run must look at it.
void save_state(UnitOfWork& work, SubscriptionState& state, bool lines_changed = true);
// The same for a state that was loaded, or saved, as `stored` in this transaction: only what
// changed since is written. The lines must be the same ones.
void save_changes(UnitOfWork& work, SubscriptionState const& stored, SubscriptionState& state);

}  // namespace tallybook
