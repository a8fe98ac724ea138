// Coupons, promotion codes and coupons of subscriptions on the wire.
#pragma once

#include "domain/coupon/coupon.hpp"
#include "reflect/patch.hpp"

namespace tallybook::api {

struct CouponV1 {
  std::string id;
  std::string name;
  std::optional<std::string> description;
  CouponType type{};
  std::optional<std::int64_t> discount_amount;
  std::optional<std::string> currency;
  std::optional<Exact> discount_percent;
  std::optional<Instant> expiration_date;
  std::optional<std::int64_t> redemption_limit;
  std::optional<std::vector<std::string>> product_ids;
  CouponRepeat repeat{};
  std::optional<Duration> duration;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(CouponV1, (),
                      (id, name, description, type, discount_amount, currency, discount_percent,
                       expiration_date, redemption_limit, product_ids, repeat, duration,
                       created_at))

struct CouponWrite {
  std::string name;
  CouponType type{};
  std::optional<std::int64_t> discount_amount;
  std::optional<std::string> currency;
  std::optional<Exact> discount_percent;
  std::optional<std::string> description;
  std::optional<Instant> expiration_date;
  std::optional<std::int64_t> redemption_limit;
  std::optional<std::vector<std::string>> product_ids;
  std::optional<CouponRepeat> repeat;
  std::optional<Duration> duration;
};
BOOST_DESCRIBE_STRUCT(CouponWrite, (),
                      (name, type, discount_amount, currency, discount_percent, description,
                       expiration_date, redemption_limit, product_ids, repeat, duration))

struct PromotionCodeV1 {
  std::string id;
  std::string code;
  std::string coupon_id;
  std::string client_id;
  std::optional<std::string> customer_id;
  std::optional<std::string> plan_id;
  std::optional<std::string> product_id;
  std::optional<Instant> expires_at;
  std::optional<std::int64_t> max_redemptions;
  std::int64_t current_redemptions = 0;
  std::optional<int> duration_count;
  std::optional<PromotionPeriod> duration_period;
  bool only_for_first_time_order = false;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(PromotionCodeV1, (),
                      (id, code, coupon_id, client_id, customer_id, plan_id, product_id, expires_at,
                       max_redemptions, current_redemptions, duration_count, duration_period,
                       only_for_first_time_order, created_at, updated_at))

struct PromotionCodeUpdate {
  std::optional<std::string> code;
  Patch<std::string> customer_id;
  Patch<std::string> plan_id;
  Patch<std::string> product_id;
  Patch<Instant> expires_at;
  Patch<std::int64_t> max_redemptions;
  Patch<int> duration_count;
  Patch<PromotionPeriod> duration_period;
  std::optional<bool> only_for_first_time_order;
  Patch<std::int64_t> current_redemptions;
};
BOOST_DESCRIBE_STRUCT(PromotionCodeUpdate, (),
                      (code, customer_id, plan_id, product_id, expires_at, max_redemptions,
                       duration_count, duration_period, only_for_first_time_order,
                       current_redemptions))

struct PromotionCodeCreate : PromotionCodeUpdate {
  std::string coupon_id;
};
BOOST_DESCRIBE_STRUCT(PromotionCodeCreate, (PromotionCodeUpdate), (coupon_id))

// custom belongs to older clients: until expires_at.
BOOST_DEFINE_ENUM_CLASS(AttachedRepeat, once, forever, duration, custom)

struct SubscriptionCoupon {
  std::string id;
  std::string name;
  std::optional<std::string> description;
  CouponType type{};
  std::optional<Instant> expiration_date;
  std::optional<std::int64_t> redemption_limit;
  std::optional<std::vector<std::string>> product_ids;
  Instant created_at;
  std::string subscription_coupon_id;
  std::optional<std::string> promotion_code_id;
  AttachedRepeat repeat{};
  std::optional<Instant> apply_at;
  std::optional<Instant> expires_at;
  std::optional<std::int64_t> discount_amount;
  std::optional<std::string> currency;
  std::optional<Exact> discount_percent;
  std::optional<Duration> duration;               // extension
  std::optional<std::string> used_by_invoice_id;  // extension: the invoice that used it up
};
BOOST_DESCRIBE_STRUCT(SubscriptionCoupon, (),
                      (id, name, description, type, expiration_date, redemption_limit, product_ids,
                       created_at, subscription_coupon_id, promotion_code_id, repeat, apply_at,
                       expires_at, discount_amount, currency, discount_percent, duration,
                       used_by_invoice_id))

struct SubscriptionCouponInput {
  std::string id;
  std::optional<int> duration_count;
  std::optional<PromotionPeriod> duration_period;
  std::optional<Instant> expires_at;
  std::optional<Instant> apply_at;
  std::optional<std::vector<std::string>> product_ids;
  std::optional<AttachedRepeat> repeat;
};
BOOST_DESCRIBE_STRUCT(SubscriptionCouponInput, (),
                      (id, duration_count, duration_period, expires_at, apply_at, product_ids,
                       repeat))

}  // namespace tallybook::api
