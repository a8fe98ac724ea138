// Subscriptions: create, activate, cancel. Whatever is due at once is billed in the same
// transaction (SUB-4, SUB-5).
#pragma once

#include "app/unit_of_work.hpp"

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
  std::optional<PriceType> price_type;
  std::vector<PriceTier> prices;
  std::optional<Exact> count;
  std::optional<std::string> unit_name;
  std::optional<Exact> min_committed_count;
  std::optional<Exact> min_amount;
  std::optional<Exact> max_amount;
  std::string path;  // "products[0]", for messages
};

struct NewSubscription {
  Subscription subscription;  // what the caller set; ids and dates are filled here
  SubscriptionPhase phase;
  std::vector<NewLine> lines;
};

struct SubscriptionState {
  Subscription subscription;
  std::vector<SubscriptionPhase> phases;
  std::vector<SubscriptionLine> lines;
};

Result<SubscriptionState> create_subscription(UnitOfWork& work, NewSubscription wanted);
Result<SubscriptionState> activate_subscription(UnitOfWork& work, SubscriptionId const& id);

struct CancelTerms {
  std::optional<Instant> cancel_at;  // absent: now
  std::optional<std::string> reason;
  CancellationStrategy strategy = CancellationStrategy::do_nothing;
  std::optional<std::int64_t> amount;  // custom strategies
  std::optional<RefundMethod> refund_method;
};
// Now or planned; a pending one is voided. 409 when it has ended.
Result<SubscriptionState> cancel_subscription(UnitOfWork& work, SubscriptionId const& id,
                                              CancelTerms const& terms);

SubscriptionState load_state(SqlSession& sql, Tenant const& tenant, Subscription subscription);

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
