#include "api/coupon/codec.hpp"

#include "reflect/describe.hpp"

namespace tallybook::api {
namespace coupon_codec {

DurationPeriod period_of(PromotionPeriod period) {
  return *reflect::enum_from<DurationPeriod>(reflect::enum_name(period));
}

Result<NewAttachedCoupon> to_coupon(SubscriptionCouponInput const& input, std::string const& path) {
  NewAttachedCoupon wanted;
  wanted.path = path;
  wanted.coupon_id = CouponId(input.id);
  wanted.apply_at = input.apply_at;
  wanted.expires_at = input.expires_at;
  wanted.product_ids = input.product_ids;
  bool const once = input.duration_period == PromotionPeriod::once;
  bool const counted = input.duration_count.value_or(0) > 0;
  if (counted && (once || !input.duration_period))
    return fail(errors::invalid_field(path + ".duration_period",
                                      "expected days, weeks, months or years with duration_count"));
  if (input.duration_period && !once && !counted)
    return fail(
        errors::invalid_field(path + ".duration_count", "expected 1 or more with duration_period"));
  if (counted) wanted.duration = Duration{*input.duration_count, period_of(*input.duration_period)};
  if (once) wanted.repeat = CouponRepeat::once;
  if (!input.repeat) return wanted;
  switch (*input.repeat) {
    case AttachedRepeat::once:
      wanted.repeat = CouponRepeat::once;
      break;
    case AttachedRepeat::duration:
      wanted.repeat = CouponRepeat::duration;
      break;
    case AttachedRepeat::custom:
      if (!input.expires_at)
        return fail(errors::invalid_field(path + ".expires_at", "required with repeat custom"));
      [[fallthrough]];
    case AttachedRepeat::forever:
      wanted.repeat = CouponRepeat::forever;
      break;
  }
  return wanted;
}

}  // namespace coupon_codec

SubscriptionCoupon to_api(HeldCoupon const& held) {
  auto const& [attached, coupon] = held;
  SubscriptionCoupon wire;
  wire.id = coupon.id.value;
  wire.name = coupon.name;
  wire.description = coupon.description;
  wire.type = coupon.type;
  wire.expiration_date = coupon.expiration_date;
  wire.redemption_limit = coupon.redemption_limit;
  wire.product_ids = attached.product_ids;
  wire.created_at = coupon.created_at;
  wire.subscription_coupon_id = attached.id.value;
  wire.promotion_code_id = attached.promotion_code_id;
  wire.repeat = *reflect::enum_from<AttachedRepeat>(reflect::enum_name(attached.repeat));
  wire.apply_at = attached.apply_at;
  wire.expires_at = attached.expires_at;
  wire.discount_amount = coupon.discount_amount;
  wire.currency = coupon.currency;
  wire.discount_percent = coupon.discount_percent;
  wire.duration = attached.duration;
  wire.used_by_invoice_id = attached.used_by_invoice_id;
  return wire;
}

Result<std::vector<NewAttachedCoupon>> to_coupons(
    std::vector<SubscriptionCouponInput> const& inputs, std::string const& prefix) {
  std::vector<NewAttachedCoupon> wanted;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    TB_TRY(coupon, coupon_codec::to_coupon(inputs[i], prefix + std::to_string(i) + "]"));
    wanted.push_back(std::move(coupon));
  }
  return wanted;
}

}  // namespace tallybook::api
