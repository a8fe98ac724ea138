#include "app/coupon/coupons.hpp"

#include "app/subscription/planned_updates.hpp"
#include "domain/catalogue/plan.hpp"

namespace tallybook {
namespace coupons_app_detail {

Error invalid(std::vector<FieldError> problems) {
  return errors::invalid_fields(std::move(problems));
}

Result<void> check(UnitOfWork& work, Coupon const& coupon) {
  std::vector<FieldError> problems;
  for (auto& [path, reason] : problems_of(coupon)) problems.push_back({path, reason});
  auto const products = coupon.product_ids.value_or(std::vector<std::string>());
  if (products.size() > 200) problems.push_back({"product_ids", "expected at most 200"});
  for (std::size_t i = 0; i < products.size() && i < 200; ++i) {
    if (!work.records<Product>().find(products[i]))
      problems.push_back({"product_ids[" + std::to_string(i) + "]", "no such product"});
  }
  if (!problems.empty()) return fail(invalid(std::move(problems)));
  return {};
}

Result<void> check(UnitOfWork& work, PromotionCode const& code) {
  std::vector<FieldError> problems;
  bool const printable = std::ranges::all_of(code.code, [](char c) { return c > ' ' && c != 127; });
  if (code.code.empty() || code.code.size() > 100 || !printable)
    problems.push_back({"code", "expected 1 to 100 characters without spaces"});
  if (code.customer_id && !work.records<Customer>().find(*code.customer_id))
    problems.push_back({"customer_id", "no such customer"});
  if (code.product_id && !work.records<Product>().find(*code.product_id))
    problems.push_back({"product_id", "no such product"});
  if (code.plan_id && !work.records<Plan>().find(*code.plan_id))
    problems.push_back({"plan_id", "no such plan"});
  if (code.max_redemptions && *code.max_redemptions < 1)
    problems.push_back({"max_redemptions", "expected 1 or more"});
  if (code.duration_count && (*code.duration_count < 0 || *code.duration_count > 1000))
    problems.push_back({"duration_count", "expected 0 to 1000"});
  bool const lasts = code.duration_period && *code.duration_period != PromotionPeriod::once;
  bool const counted = code.duration_count.value_or(0) > 0;
  if (counted && !code.duration_period)
    problems.push_back({"duration_period", "required with duration_count"});
  if (counted && code.duration_period == PromotionPeriod::once)
    problems.push_back({"duration_count", "once has no count"});
  if (lasts && !counted)
    problems.push_back({"duration_count", "expected 1 or more with this duration_period"});
  if (!problems.empty()) return fail(invalid(std::move(problems)));
  return {};
}

Result<void> check_unique(UnitOfWork& work, PromotionCode const& code) {
  if (work.records<PromotionCode>().count("code = ? AND deleted_at IS NULL AND id <> ?",
                                          {code.code, code.id.value}) > 0)
    return fail(errors::conflict("The promotion code " + code.code + " is taken"));
  return {};
}

}  // namespace coupons_app_detail

Result<Coupon> create_coupon(UnitOfWork& work, Coupon coupon) {
  TB_CHECK(coupons_app_detail::check(work, coupon));
  coupon.id = work.new_id<CouponTag>();
  coupon.created_at = coupon.updated_at = work.now();
  work.records<Coupon>().insert(coupon);
  return coupon;
}

Result<Coupon> update_coupon(UnitOfWork& work, CouponId const& id, Coupon wanted) {
  auto const stored = work.records<Coupon>().find_for_update(id.value);
  if (!stored || stored->deleted_at) return fail(errors::not_found("Coupon"));
  TB_CHECK(coupons_app_detail::check(work, wanted));
  std::vector<FieldError> problems;
  char const* const fixed = "cannot be changed; create another coupon";
  if (wanted.type != stored->type) problems.push_back({"type", fixed});
  if (wanted.type == stored->type && wanted.discount_amount != stored->discount_amount)
    problems.push_back({"discount_amount", fixed});
  if (wanted.type == stored->type && wanted.currency != stored->currency)
    problems.push_back({"currency", fixed});
  if (wanted.type == stored->type && wanted.discount_percent != stored->discount_percent)
    problems.push_back({"discount_percent", fixed});
  if (!problems.empty()) return fail(coupons_app_detail::invalid(std::move(problems)));
  wanted.id = id;
  wanted.created_at = stored->created_at;
  wanted.updated_at = work.now();
  work.records<Coupon>().update(wanted);
  return wanted;
}

Result<void> delete_coupon(UnitOfWork& work, CouponId const& id) {
  auto coupon = work.records<Coupon>().find_for_update(id.value);
  if (!coupon || coupon->deleted_at) return fail(errors::not_found("Coupon"));
  TB_CHECK(check_no_plan_adds(work, id));
  coupon->deleted_at = coupon->updated_at = work.now();
  work.records<Coupon>().update(*coupon);
  return {};
}

Result<PromotionCode> create_promotion_code(UnitOfWork& work, PromotionCode code) {
  TB_CHECK(coupons_app_detail::check(work, code));
  auto const coupon = work.records<Coupon>().find(code.coupon_id.value);
  if (!coupon || coupon->deleted_at)
    return fail(errors::invalid_field("coupon_id", "no such coupon"));
  TB_CHECK(coupons_app_detail::check_unique(work, code));
  code.id = work.new_id<PromotionCodeTag>();
  code.created_at = code.updated_at = work.now();
  // Somebody else may have taken it since.
  if (!work.records<PromotionCode>().insert_if_new(code))
    return fail(errors::conflict("The promotion code " + code.code + " is taken"));
  return code;
}

Result<PromotionCode> update_promotion_code(UnitOfWork& work, PromotionCode code) {
  auto const stored = work.records<PromotionCode>().find_for_update(code.id.value);
  if (!stored || stored->deleted_at) return fail(errors::not_found("Promotion code"));
  TB_CHECK(coupons_app_detail::check(work, code));
  TB_CHECK(coupons_app_detail::check_unique(work, code));
  code.updated_at = work.now();
  work.records<PromotionCode>().update_changed(*stored, code);
  return code;
}

Result<void> delete_promotion_code(UnitOfWork& work, PromotionCodeId const& id) {
  auto code = work.records<PromotionCode>().find_for_update(id.value);
  if (!code || code->deleted_at) return fail(errors::not_found("Promotion code"));
  code->deleted_at = code->updated_at = work.now();
  work.records<PromotionCode>().update(*code);
  return {};
}

}  // namespace tallybook
