#include "api/coupon/routes.hpp"

#include "api/coupon/wire.hpp"
#include "api/protocol/reply.hpp"
#include "app/coupon/coupons.hpp"

namespace tallybook::api {
namespace coupon_routes {

CouponV1 to_api(Coupon const& coupon) {
  return {
      coupon.id.value,         coupon.name,        coupon.description,      coupon.type,
      coupon.discount_amount,  coupon.currency,    coupon.discount_percent, coupon.expiration_date,
      coupon.redemption_limit, coupon.product_ids, coupon.repeat,           coupon.duration,
      coupon.created_at};
}

PromotionCodeV1 to_api(PromotionCode const& code, Tenant const& tenant) {
  PromotionCodeV1 wire;
  wire.id = code.id.value;
  wire.code = code.code;
  wire.coupon_id = code.coupon_id.value;
  wire.client_id = tenant.account_id;
  wire.customer_id = code.customer_id;
  wire.product_id = code.product_id;
  wire.plan_id = code.plan_id;
  wire.expires_at = code.expires_at;
  wire.max_redemptions = code.max_redemptions;
  wire.current_redemptions = code.current_redemptions;
  wire.duration_count = code.duration_count;
  wire.duration_period = code.duration_period;
  wire.only_for_first_time_order = code.only_for_first_time_order;
  wire.created_at = code.created_at;
  wire.updated_at = code.updated_at;
  return wire;
}

Condition kept() {
  Condition condition;
  condition.add("deleted_at IS NULL");
  return condition;
}

Result<Coupon> coupon_of(Call& call) {
  auto coupon = Records<Coupon>(*call.sql, call.tenant).find(call.id());
  if (!coupon || coupon->deleted_at) return fail(errors::not_found("Coupon"));
  return *std::move(coupon);
}

Result<PromotionCode> code_of(Call& call) {
  auto code = Records<PromotionCode>(*call.sql, call.tenant).find(call.id());
  if (!code || code->deleted_at) return fail(errors::not_found("Promotion code"));
  return *std::move(code);
}

Result<Coupon> from_api(Call& call, CouponRepeat usual) {
  TB_TRY(write, read_body<CouponWrite>(call));
  Coupon coupon;
  coupon.name = write.name;
  coupon.type = write.type;
  coupon.discount_amount = write.discount_amount;
  coupon.currency = write.currency;
  coupon.discount_percent = write.discount_percent;
  coupon.description = write.description;
  coupon.expiration_date = write.expiration_date;
  coupon.redemption_limit = write.redemption_limit;
  // An empty list means any product.
  if (write.product_ids && !write.product_ids->empty()) coupon.product_ids = write.product_ids;
  coupon.repeat = write.repeat.value_or(write.duration ? CouponRepeat::duration : usual);
  coupon.duration = write.duration;
  return coupon;
}

Result<Reply> list(Call& call) {
  return offset_list<Coupon>(call, {}, kept(),
                             [](Coupon const& coupon) { return reflect::to_text(to_api(coupon)); });
}

Result<Reply> get(Call& call) {
  TB_TRY(coupon, coupon_of(call));
  return reply_with(to_api(coupon));
}

Result<Reply> create(Call& call) {
  TB_TRY(wanted, from_api(call, CouponRepeat::once));
  TB_TRY(created, create_coupon(*call.work, std::move(wanted)));
  return reply_with(to_api(created), 201);
}

Result<Reply> update(Call& call) {
  TB_TRY(stored, coupon_of(call));
  bool const lasted = stored.repeat == CouponRepeat::duration;
  TB_TRY(wanted, from_api(call, lasted ? CouponRepeat::once : stored.repeat));
  TB_TRY(updated, update_coupon(*call.work, stored.id, std::move(wanted)));
  return reply_with(to_api(updated));
}

Result<Reply> erase(Call& call) {
  TB_CHECK(delete_coupon(*call.work, CouponId(call.id())));
  return no_content();
}

std::vector<FilterField> const& code_fields() {
  static std::vector<FilterField> const list = {{"coupon_id", "coupon_id"}};
  return list;
}

Result<Reply> list_codes(Call& call) {
  return offset_list<PromotionCode>(call, code_fields(), kept(), [&](PromotionCode const& code) {
    return reflect::to_text(to_api(code, call.tenant));
  });
}

Result<Reply> get_code(Call& call) {
  TB_TRY(code, code_of(call));
  return reply_with(to_api(code, call.tenant));
}

Result<void> apply(PromotionCodeUpdate const& write, PromotionCode& code) {
  if (write.current_redemptions.value &&
      *write.current_redemptions.value != code.current_redemptions)
    return fail(errors::invalid_field("current_redemptions", "is counted; it cannot be changed"));
  if (write.code) code.code = *write.code;
  write.customer_id.apply(code.customer_id);
  write.product_id.apply(code.product_id);
  write.plan_id.apply(code.plan_id);
  write.expires_at.apply(code.expires_at);
  write.max_redemptions.apply(code.max_redemptions);
  write.duration_count.apply(code.duration_count);
  write.duration_period.apply(code.duration_period);
  if (write.only_for_first_time_order)
    code.only_for_first_time_order = *write.only_for_first_time_order;
  return {};
}

Result<Reply> create_code(Call& call) {
  TB_TRY(write, read_body<PromotionCodeCreate>(call));
  if (!write.code) return fail(errors::invalid_field("code", "required"));
  PromotionCode code;
  TB_CHECK(apply(write, code));
  code.coupon_id = CouponId(write.coupon_id);
  TB_TRY(created, create_promotion_code(*call.work, std::move(code)));
  return reply_with(to_api(created, call.tenant), 201);
}

Result<Reply> update_code(Call& call) {
  TB_TRY(write, read_body<PromotionCodeUpdate>(call));
  TB_TRY(code, code_of(call));
  TB_CHECK(apply(write, code));
  TB_TRY(updated, update_promotion_code(*call.work, std::move(code)));
  return reply_with(to_api(updated, call.tenant));
}

Result<Reply> erase_code(Call& call) {
  TB_CHECK(delete_promotion_code(*call.work, PromotionCodeId(call.id())));
  return no_content();
}

}  // namespace coupon_routes

// A table: one route a line.
// clang-format off
void add_coupon_routes(Router& router) {
  using namespace coupon_routes;
  char const* const tag = "Coupons";
  char const* const codes = "Coupons > Promotion codes";
  char const* const scope = "coupons";
  router.add({"GET", "/v1/coupons", tag, "List coupons", RouteKind::read, scope, 200, {}, offset_schema<CouponV1>(), offset_parameters({}), list});
  router.add({"POST", "/v1/coupons", tag, "Create a coupon", RouteKind::write, scope, 201, schema<CouponWrite>(), schema<CouponV1>(), {}, create});
  router.add({"GET", "/v1/coupons/{id}", tag, "Get a coupon", RouteKind::read, scope, 200, {}, schema<CouponV1>(), {}, get});
  router.add({"PUT", "/v1/coupons/{id}", tag, "Change a coupon", RouteKind::write, scope, 200, schema<CouponWrite>(), schema<CouponV1>(), {}, update});
  router.add({"DELETE", "/v1/coupons/{id}", tag, "Delete a coupon", RouteKind::write, scope, 204, {}, {}, {}, erase});
  router.add({"GET", "/v1/promotion-codes", codes, "List promotion codes", RouteKind::read, scope, 200, {}, offset_schema<PromotionCodeV1>(), offset_parameters(code_fields()), list_codes});
  router.add({"POST", "/v1/promotion-codes", codes, "Create a promotion code", RouteKind::write, scope, 201, schema<PromotionCodeCreate>(), schema<PromotionCodeV1>(), {}, create_code});
  router.add({"GET", "/v1/promotion-codes/{id}", codes, "Get a promotion code", RouteKind::read, scope, 200, {}, schema<PromotionCodeV1>(), {}, get_code});
  router.add({"PUT", "/v1/promotion-codes/{id}", codes, "Change a promotion code", RouteKind::write, scope, 200, schema<PromotionCodeUpdate>(), schema<PromotionCodeV1>(), {}, update_code});
  router.add({"PATCH", "/v1/promotion-codes/{id}", codes, "Change parts of a promotion code", RouteKind::write, scope, 200, schema<PromotionCodeUpdate>(), schema<PromotionCodeV1>(), {}, update_code});
  router.add({"DELETE", "/v1/promotion-codes/{id}", codes, "Delete a promotion code", RouteKind::write, scope, 204, {}, {}, {}, erase_code});
}
// clang-format on

}  // namespace tallybook::api
