// What the running periods of a subscription come to as of now (PRI-10): each line's price, its
// discount, its tiers. Stores nothing.
#pragma once

#include "app/subscription/subscriptions.hpp"
#include "domain/explain/explanation.hpp"

namespace tallybook {

struct LiveTier {
  std::string id;
  std::string name;
  std::int64_t amount = 0;  // minor units, rounded for display
  Exact quantity;
};
struct LiveItem {
  std::string id;  // of the product
  std::string item_name;
  std::int64_t total_amount = 0;     // after its discount
  std::int64_t original_amount = 0;  // before
  std::int64_t discount_amount = 0;
  std::vector<LiveTier> tiers;
};
struct LiveCoupon {
  std::string id;
  std::string name;
  std::int64_t discount_amount = 0;
  std::vector<std::string> item_ids;
};
struct LiveBilling {
  std::int64_t total_amount = 0;  // without tax
  std::int64_t total_discount = 0;
  std::int64_t fixed_amount = 0;  // of what is no usage
  std::vector<LiveItem> billing_items;
  std::vector<LiveCoupon> coupons;
  std::optional<Explanation> explanation;  // where it was asked for
};

// The period each line is in, usage counted up to now. Lines that are charged once, ended or not
// started are left out. The minimum fee is an item of its own, "minimum_fee".
LiveBilling live_billing(UnitOfWork& work, SubscriptionState const& state, bool explained = false);

}  // namespace tallybook
