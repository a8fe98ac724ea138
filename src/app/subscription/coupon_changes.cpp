#include "app/subscription/coupon_changes.hpp"

#include "app/coupon/attaching.hpp"
#include "app/subscription/lines.hpp"
#include "base/assert.hpp"

namespace tallybook {

Result<void> add_coupon_by(UnitOfWork& work, SubscriptionState& state,
                           SubscriptionChange const& change) {
  TB_ASSERT(change.coupon.has_value());
  auto& subscription = state.subscription;
  PhaseId const phase = phase_to_update(state);
  std::vector<SubscriptionLine> lines;
  for (auto const& line : state.lines) {
    if (line.phase_id == phase && !line.detached_at) lines.push_back(line);
  }
  auto const& coupon = *change.coupon;
  auto attached =
      attach_coupons(work, subscription, phase, lines,
                     {{coupon.coupon_id, coupon.repeat, coupon.duration, coupon.apply_at,
                       coupon.expires_at, coupon.product_ids, change.path}});
  if (attached) return {};
  // The coupon is named by a field of its own here.
  return fail(errors::renamed(std::move(attached).error(), [&](std::string const& path) {
    return path == change.path + ".id" ? change.path + ".coupon_id" : path;
  }));
}

Result<void> remove_coupon_by(UnitOfWork& work, SubscriptionState& state,
                              SubscriptionChange const& change) {
  TB_ASSERT(change.coupon.has_value());
  auto& subscription = state.subscription;
  std::vector<AttachedCouponId> ids;
  for (auto const& held : subscription.coupons) {
    if (held.coupon.id == change.coupon->coupon_id ||
        held.attached.id.value == change.coupon->coupon_id.value)
      ids.push_back(held.attached.id);
  }
  if (ids.empty())
    return fail(
        errors::invalid_field(change.path + ".coupon_id", "the subscription has no such coupon"));
  for (auto const& id : ids) {
    TB_CHECK(remove_coupon(work, subscription, id));
  }
  return {};
}

}  // namespace tallybook
