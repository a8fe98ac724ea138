#include "app/coupon/attaching.hpp"

#include <set>

#include "base/assert.hpp"

namespace tallybook {
namespace attaching_detail {

constexpr std::size_t most_coupons = 20;

bool sold(std::vector<SubscriptionLine> const& lines, std::string const& product) {
  return std::ranges::any_of(
      lines, [&](SubscriptionLine const& line) { return line.product_id.value == product; });
}

// Locked until the end: the limit is exact whoever attaches at the same time.
Result<Coupon> usable_coupon(UnitOfWork& work, CouponId const& id, Subscription const& subscription,
                             std::string const& path) {
  auto coupon = work.records<Coupon>().find_for_update(id.value);
  if (!coupon || coupon->deleted_at) return fail(errors::invalid_field(path, "no such coupon"));
  if (coupon->expiration_date && *coupon->expiration_date <= work.now())
    return fail(errors::invalid_field(
        path, "the coupon expired on " + format_instant(*coupon->expiration_date)));
  if (coupon->currency && *coupon->currency != subscription.currency)
    return fail(errors::invalid_field(path, "the coupon is in " + *coupon->currency +
                                                ", the subscription in " + subscription.currency));
  if (coupon->redemption_limit) {
    std::set<std::string> used;
    for (auto const& other :
         work.records<AttachedCoupon>().where("coupon_id = ?", {coupon->id.value}))
      used.insert(other.subscription_id);
    used.insert(subscription.id.value);
    if (static_cast<std::int64_t>(used.size()) > *coupon->redemption_limit)
      return fail(errors::invalid_field(
          path, "the coupon is on as many subscriptions as its redemption_limit allows"));
  }
  return *std::move(coupon);
}

Result<void> set_terms(NewAttachedCoupon const& wanted, Coupon const& coupon,
                       AttachedCoupon& attached) {
  attached.repeat =
      wanted.repeat.value_or(wanted.duration ? CouponRepeat::duration : coupon.repeat);
  attached.apply_at = wanted.apply_at;
  attached.expires_at = wanted.expires_at;
  if (attached.repeat == CouponRepeat::duration)
    attached.duration = wanted.duration ? wanted.duration : coupon.duration;
  else if (wanted.duration)
    return fail(errors::invalid_field(wanted.path + ".duration_count",
                                      "contradicts repeat, which is not a duration"));
  if (attached.repeat == CouponRepeat::duration && !attached.duration)
    return fail(errors::invalid_field(wanted.path + ".duration_count", "required for a duration"));
  if (attached.duration && (attached.duration->count < 1 || attached.duration->count > 1000))
    return fail(
        errors::invalid_field(wanted.path + ".duration_count", "expected 1 to 1000 periods"));
  if (wanted.apply_at && wanted.expires_at && *wanted.expires_at <= *wanted.apply_at)
    return fail(
        errors::invalid_field(wanted.path + ".expires_at", "expected a moment after apply_at"));
  return {};
}

// The products it takes from, all of them of the coupon; at least one is sold here.
Result<void> set_products(NewAttachedCoupon const& wanted, Coupon const& coupon,
                          std::vector<SubscriptionLine> const& lines, AttachedCoupon& attached) {
  attached.product_ids = coupon.product_ids;
  if (wanted.product_ids && !wanted.product_ids->empty()) {
    for (std::size_t i = 0; i < wanted.product_ids->size(); ++i) {
      auto const& product = (*wanted.product_ids)[i];
      std::string const path = wanted.path + ".product_ids[" + std::to_string(i) + "]";
      if (!sold(lines, product))
        return fail(errors::invalid_field(path, "the product is not on the subscription"));
      if (coupon.product_ids &&
          std::ranges::find(*coupon.product_ids, product) == coupon.product_ids->end())
        return fail(errors::invalid_field(path, "the coupon is not for this product"));
    }
    attached.product_ids = wanted.product_ids;
  }
  if (attached.product_ids && std::ranges::none_of(*attached.product_ids, [&](auto const& product) {
        return sold(lines, product);
      }))
    return fail(
        errors::invalid_field(wanted.path, "none of the coupon's products is on the subscription"));
  return {};
}

Result<void> attach(UnitOfWork& work, Subscription& subscription, PhaseId const& phase,
                    std::vector<SubscriptionLine> const& lines, NewAttachedCoupon const& wanted,
                    std::optional<PromotionCodeId> const& code, std::string const& path) {
  TB_TRY(coupon, usable_coupon(work, wanted.coupon_id, subscription, path));
  std::size_t of_phase = 0;
  for (auto const& held : subscription.coupons) {
    if (held.attached.phase_id != phase.value) continue;
    ++of_phase;
    if (held.coupon.id == coupon.id)
      return fail(errors::invalid_field(path, "the coupon is on the phase already"));
  }
  if (of_phase >= most_coupons)
    return fail(errors::invalid_field(path, "expected at most 20 coupons"));
  AttachedCoupon attached;
  TB_CHECK(set_terms(wanted, coupon, attached));
  TB_CHECK(set_products(wanted, coupon, lines, attached));
  attached.id = work.new_id<AttachedCouponTag>();
  attached.subscription_id = subscription.id.value;
  attached.phase_id = phase.value;
  attached.coupon_id = coupon.id;
  if (code) attached.promotion_code_id = code->value;
  attached.position =
      subscription.coupons.empty() ? 0 : subscription.coupons.back().attached.position + 1;
  attached.created_at = work.now();
  work.records<AttachedCoupon>().insert(attached);
  subscription.coupons.push_back({std::move(attached), std::move(coupon)});
  return {};
}

Result<void> check_code(UnitOfWork& work, PromotionCode const& code,
                        Subscription const& subscription,
                        std::vector<SubscriptionLine> const& lines) {
  auto const refuse = [](std::string reason) {
    return fail(errors::invalid_field("promotion_code", std::move(reason)));
  };
  if (code.expires_at && *code.expires_at <= work.now())
    return refuse("the code expired on " + format_instant(*code.expires_at));
  if (code.max_redemptions && code.current_redemptions >= *code.max_redemptions)
    return refuse("the code was used as often as it may be");
  if (code.customer_id && *code.customer_id != subscription.customer_id.value)
    return refuse("the code is for another customer");
  if (code.product_id && !sold(lines, *code.product_id))
    return refuse("the code is for a product that is not on the subscription");
  if (code.plan_id && code.plan_id != subscription.plan_id)
    return refuse("the code is for another plan than the subscription's");
  if (code.only_for_first_time_order &&
      work.records<Subscription>().count(
          "customer_id = ? AND id <> ? AND status NOT IN ('draft', 'voided')",
          {subscription.customer_id.value, subscription.id.value}) > 0)
    return refuse("the code is for a first order; the customer has subscriptions");
  return {};
}

DurationPeriod period_of(PromotionPeriod period) {
  switch (period) {
    case PromotionPeriod::days:
      return DurationPeriod::days;
    case PromotionPeriod::weeks:
      return DurationPeriod::weeks;
    case PromotionPeriod::years:
      return DurationPeriod::years;
    case PromotionPeriod::months:
    case PromotionPeriod::once:
      break;
  }
  return DurationPeriod::months;
}

}  // namespace attaching_detail

Result<void> attach_coupons(UnitOfWork& work, Subscription& subscription, PhaseId const& phase,
                            std::vector<SubscriptionLine> const& lines,
                            std::vector<NewAttachedCoupon> const& wanted) {
  for (auto const& each : wanted) {
    TB_CHECK(
        attaching_detail::attach(work, subscription, phase, lines, each, {}, each.path + ".id"));
  }
  return {};
}

Result<void> redeem_promotion_code(UnitOfWork& work, Subscription& subscription,
                                   PhaseId const& phase, std::vector<SubscriptionLine> const& lines,
                                   std::string const& text) {
  auto const found = work.records<PromotionCode>().first("code = ? AND deleted_at IS NULL", {text});
  // Locked: how often it was used is exact.
  auto code = found ? work.records<PromotionCode>().find_for_update(found->id.value) : std::nullopt;
  if (!code || code->deleted_at)
    return fail(errors::invalid_field("promotion_code", "no such code"));
  TB_CHECK(attaching_detail::check_code(work, *code, subscription, lines));
  NewAttachedCoupon wanted;
  wanted.coupon_id = code->coupon_id;
  wanted.path = "promotion_code";
  wanted.repeat = CouponRepeat::once;
  if (code->duration_count.value_or(0) > 0) {
    wanted.repeat = CouponRepeat::duration;
    wanted.duration =
        Duration{*code->duration_count, attaching_detail::period_of(*code->duration_period)};
  }
  TB_CHECK(attaching_detail::attach(work, subscription, phase, lines, wanted, code->id,
                                    "promotion_code"));
  ++code->current_redemptions;
  code->updated_at = work.now();
  work.records<PromotionCode>().update(*code);
  return {};
}

Result<void> remove_coupon(UnitOfWork& work, Subscription& subscription,
                           AttachedCouponId const& id) {
  auto attached = work.records<AttachedCoupon>().find_for_update(id.value);
  if (!attached || attached->subscription_id != subscription.id.value || attached->removed_at)
    return fail(errors::not_found("Coupon of the subscription"));
  attached->removed_at = work.now();
  work.records<AttachedCoupon>().update(*attached);
  std::erase_if(subscription.coupons,
                [&](HeldCoupon const& held) { return held.attached.id == id; });
  return {};
}

namespace attaching_detail {

std::vector<HeldCoupon> held(SqlSession& sql, Tenant const& tenant, SubscriptionId const& id,
                             std::string const& condition) {
  std::vector<HeldCoupon> all;
  for (auto& attached :
       Records<AttachedCoupon>(sql, tenant)
           .where("subscription_id = ? AND " + condition + " ORDER BY position, id", {id.value})) {
    auto coupon = Records<Coupon>(sql, tenant).find(attached.coupon_id.value);
    TB_ASSERT(coupon.has_value());
    all.push_back({std::move(attached), *std::move(coupon)});
  }
  return all;
}

}  // namespace attaching_detail

std::vector<HeldCoupon> coupons_of(SqlSession& sql, Tenant const& tenant,
                                   SubscriptionId const& id) {
  return attaching_detail::held(sql, tenant, id, "removed_at IS NULL");
}

std::vector<HeldCoupon> all_coupons_of(SqlSession& sql, Tenant const& tenant,
                                       SubscriptionId const& id) {
  return attaching_detail::held(sql, tenant, id, "1=1");
}

}  // namespace tallybook
