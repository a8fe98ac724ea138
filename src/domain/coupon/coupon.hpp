// Coupons of the catalogue, the promotion codes that hand them out, and coupons as they are
// attached to a phase of a subscription (COU-1 to COU-7). What a coupon takes never changes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/instant.hpp"
#include "domain/subscription/duration.hpp"
#include "money/exact.hpp"

namespace tallybook {

struct CouponTag {
  static constexpr char const* prefix = "cou";
};
using CouponId = Id<CouponTag>;
struct PromotionCodeTag {
  static constexpr char const* prefix = "promo";
};
using PromotionCodeId = Id<PromotionCodeTag>;
struct AttachedCouponTag {
  static constexpr char const* prefix = "coos";
};
using AttachedCouponId = Id<AttachedCouponTag>;

BOOST_DEFINE_ENUM_CLASS(CouponType, amount, percent)
BOOST_DEFINE_ENUM_CLASS(CouponRepeat, once, forever, duration)

struct Coupon {
  CouponId id;
  std::string name;
  std::optional<std::string> description;
  CouponType type = CouponType::percent;
  std::optional<std::int64_t> discount_amount;  // minor units
  std::optional<std::string> currency;          // an amount takes from invoices in it only
  std::optional<Exact> discount_percent;
  std::optional<Instant> expiration_date;        // no new use from here on
  std::optional<std::int64_t> redemption_limit;  // subscriptions it may be attached to
  std::optional<std::vector<std::string>> product_ids;
  CouponRepeat repeat = CouponRepeat::once;
  std::optional<Duration> duration;
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> deleted_at;
};
BOOST_DESCRIBE_STRUCT(Coupon, (),
                      (id, name, description, type, discount_amount, currency, discount_percent,
                       expiration_date, redemption_limit, product_ids, repeat, duration, created_at,
                       updated_at, deleted_at))

BOOST_DEFINE_ENUM_CLASS(PromotionPeriod, once, days, weeks, months, years)

struct PromotionCode {
  PromotionCodeId id;
  std::string code;
  CouponId coupon_id;
  std::optional<std::string> customer_id;
  std::optional<std::string> product_id;
  std::optional<std::string> plan_id;
  std::optional<Instant> expires_at;
  std::optional<std::int64_t> max_redemptions;
  std::int64_t current_redemptions = 0;
  std::optional<int> duration_count;  // none: once
  std::optional<PromotionPeriod> duration_period;
  bool only_for_first_time_order = false;
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> deleted_at;
};
BOOST_DESCRIBE_STRUCT(PromotionCode, (),
                      (id, code, coupon_id, customer_id, product_id, plan_id, expires_at,
                       max_redemptions, current_redemptions, duration_count, duration_period,
                       only_for_first_time_order, created_at, updated_at, deleted_at))

// A coupon on a phase. Its terms are fixed when it is attached: later edits of the catalogue do not
// reach it.
struct AttachedCoupon {
  AttachedCouponId id;
  std::string subscription_id;
  std::string phase_id;
  CouponId coupon_id;
  std::optional<std::string> promotion_code_id;
  int position = 0;
  CouponRepeat repeat = CouponRepeat::once;
  std::optional<Duration> duration;   // counted from the start of the phase (COU-3)
  std::optional<Instant> apply_at;    // periods that start on this day or later
  std::optional<Instant> expires_at;  // periods that start before
  std::optional<std::vector<std::string>> product_ids;
  std::optional<std::string> used_by_invoice_id;  // once: the invoice that used it up (COU-4)
  std::optional<Instant> used_at;
  std::optional<Instant> removed_at;  // not on documents made from here on
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(AttachedCoupon, (),
                      (id, subscription_id, phase_id, coupon_id, promotion_code_id, position,
                       repeat, duration, apply_at, expires_at, product_ids, used_by_invoice_id,
                       used_at, removed_at, created_at))

// An attached coupon with what it takes.
struct HeldCoupon {
  AttachedCoupon attached;
  Coupon coupon;
};

// The value is given and in range, and fits the type. Paths are the API's field names.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> problems_of(Coupon const& coupon);

}  // namespace tallybook
