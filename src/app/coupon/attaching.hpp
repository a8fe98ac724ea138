// Coupons on the phases of a subscription: attached with their terms, found again, removed.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// A coupon as asked for; what is absent is as the coupon says.
struct NewAttachedCoupon {
  CouponId coupon_id;
  std::optional<CouponRepeat> repeat;
  std::optional<Duration> duration;
  std::optional<Instant> apply_at;
  std::optional<Instant> expires_at;
  std::optional<std::vector<std::string>> product_ids;
  std::string path;  // "coupons[0]", for messages
};

// What a phase is given when it is made, or a running one later. The subscription and the phase
// exist; `lines` are those of the phase. 400 when the coupon is not there, expired, in another
// currency, attached to as many subscriptions as it may be, or restricted to products that the
// phase does not have. The new ones are added to `subscription.coupons`.
Result<void> attach_coupons(UnitOfWork& work, Subscription& subscription, PhaseId const& phase,
                            std::vector<SubscriptionLine> const& lines,
                            std::vector<NewAttachedCoupon> const& wanted);
// The coupon of a promotion code (COU-7). 400 at promotion_code when a limit of the code is passed.
Result<void> redeem_promotion_code(UnitOfWork& work, Subscription& subscription,
                                   PhaseId const& phase, std::vector<SubscriptionLine> const& lines,
                                   std::string const& code);
// Documents made from now on are without it.
Result<void> remove_coupon(UnitOfWork& work, Subscription& subscription,
                           AttachedCouponId const& id);

// In the order attached, removed ones left out.
std::vector<HeldCoupon> coupons_of(SqlSession& sql, Tenant const& tenant, SubscriptionId const& id);
// With those that were removed.
std::vector<HeldCoupon> all_coupons_of(SqlSession& sql, Tenant const& tenant,
                                       SubscriptionId const& id);

}  // namespace tallybook
