// Incremental updates of a running subscription (SUB-UPD-8): six kinds, singly and in batches, now
// or planned, each with how it is priced and when it is paid.
#pragma once

#include "app/billing/step.hpp"
#include "domain/subscription/changes.hpp"

namespace tallybook {

// A coupon that is added to the running phase; removed by its id alone.
struct CouponChange {
  CouponId coupon_id;
  std::optional<CouponRepeat> repeat;
  std::optional<Duration> duration;
  std::optional<Instant> apply_at;
  std::optional<Instant> expires_at;
  std::optional<std::vector<std::string>> product_ids;
};
BOOST_DESCRIBE_STRUCT(CouponChange, (),
                      (coupon_id, repeat, duration, apply_at, expires_at, product_ids))

// One change as asked for; what the type does not use stays empty.
struct SubscriptionChange {
  UpdateType type = UpdateType::update_count;
  std::string product_id;
  std::optional<Exact> count;
  std::optional<PriceType> price_type;
  std::vector<PriceTier> prices;
  std::optional<NewLine> line;              // add_product
  std::optional<ProductType> product_type;  // what the caller takes it for
  std::optional<CouponChange> coupon;       // add_coupon, remove_coupon
  // add_product that is planned: as it was sold when it was planned, whatever the catalogue says
  // since (PRD-5).
  std::optional<SubscriptionLine> sold;
  std::string path;      // "payload" or "updates[1].payload", for messages
  bool counted = false;  // by the seats' aggregator; such a change is never stored
};
BOOST_DESCRIBE_STRUCT(SubscriptionChange, (),
                      (type, product_id, count, price_type, prices, line, product_type, coupon,
                       sold, path))

struct UpdatedSubscription {
  SubscriptionState state;
  std::vector<SubscriptionUpdate> updates;
  std::int64_t amount = 0;  // net minor units of the whole batch
};

// Applies the changes now or plans them. 400 with the path of what cannot be, 409 when the
// subscription is not pending or active, or was renewed ahead (SUB-10).
Result<UpdatedSubscription> update_subscription(UnitOfWork& work, SubscriptionId const& id,
                                                std::vector<SubscriptionChange> const& changes,
                                                UpdateTerms const& terms);
// The same without a trace: what it would cost, whenever it would be paid.
Result<std::int64_t> simulate_updates(UnitOfWork& work, SubscriptionId const& id,
                                      std::vector<SubscriptionChange> const& changes,
                                      UpdateTerms const& terms);

// Applies them at the step's instant, on its document; what a change of seats found (SEA-5). The
// caller charges what begins, finishes the step and saves.
Result<std::vector<SubscriptionUpdate>> apply_changes(
    BillingStep& step, std::vector<SubscriptionChange> const& changes, UpdateTerms const& terms,
    std::optional<Instant> next_refresh_date);

// Applies the changes of one batch at the cut and settles what they cost. `updates` say what each
// did; when one cannot be, those in front of it say "applied" and everything must be taken back.
Result<std::int64_t> apply_batch(BillingStep& step, std::vector<SubscriptionChange> const& changes,
                                 std::vector<SubscriptionUpdate>& updates, Cut const& cut);

// What an update was asked to change.
SubscriptionChange change_of(SubscriptionUpdate const& update);

}  // namespace tallybook
