#include "app/subscription/unchanged.hpp"

#include <algorithm>
#include <map>

#include "app/subscription/paid_terms.hpp"
#include "app/subscription/running_period.hpp"
#include "base/assert.hpp"
#include "domain/subscription/billing.hpp"
#include "reflect/describe.hpp"
#include "reflect/json.hpp"

namespace tallybook {
namespace unchanged_detail {

// A coupon that takes the same of every period, or an amount that is given to one document of it.
bool takes_alike(HeldCoupon const& held) {
  if (held.attached.apply_at || held.attached.expires_at) return false;
  return held.attached.repeat == CouponRepeat::forever ||
         (held.attached.repeat == CouponRepeat::once && !held.coupon.discount_percent);
}

// The coupons that may take of the product in the phase, by what they are; none: one of them takes
// of some periods only.
std::optional<std::map<std::string, CouponRepeat>> coupons_on(std::vector<HeldCoupon> const& held,
                                                              PhaseId const& phase,
                                                              ProductId const& product) {
  std::map<std::string, CouponRepeat> found;
  for (auto const& each : held) {
    auto const& products = each.attached.product_ids;
    bool const takes =
        each.attached.phase_id == phase.value &&
        (!products || std::ranges::find(*products, product.value) != products->end());
    if (!takes) continue;
    if (!takes_alike(each)) return std::nullopt;
    found.emplace(each.coupon.id.value, each.attached.repeat);
  }
  return found;
}

bool same_prices(std::vector<PriceTier> const& a, std::vector<PriceTier> const& b) {
  return std::ranges::equal(a, b, [](PriceTier left, PriceTier const& right) {
    left.id = right.id;
    return left == right;
  });
}

bool same_usage(SubscriptionLine const& a, SubscriptionLine const& b) {
  return a.aggregator_id == b.aggregator_id && a.min_committed_count == b.min_committed_count &&
         a.min_amount == b.min_amount && a.max_amount == b.max_amount &&
         a.metering_interval_type == b.metering_interval_type &&
         a.metering_interval == b.metering_interval &&
         a.metering_interval_start_at == b.metering_interval_start_at &&
         a.bill_usage_difference == b.bill_usage_difference && a.group_by == b.group_by &&
         std::ranges::equal(
             a.price_groups, b.price_groups, [](auto const& left, auto const& right) {
               return left.name == right.name && same_prices(left.prices, right.prices) &&
                      reflect::to_text(left.filter) == reflect::to_text(right.filter);
             });
}

// What is charged at its end: the next line charges the whole of its open period.
bool goes_on_open(SubscriptionLine const& line, SubscriptionLine const& next, Cut const& cut,
                  TimeZone const& zone) {
  auto const open = open_dates(line, zone);
  return line.product_id == next.product_id && line.payment_schedule == PaymentSchedule::end &&
         next.payment_schedule == PaymentSchedule::end && same_charges(line, next) &&
         same_usage(line, next) && open && line.next_charge_at && open->contains(cut.day);
}

bool goes_on(SubscriptionLine const& line, SubscriptionLine const& next, Cut const& cut,
             TimeZone const& zone) {
  auto const dates = running_dates(line, zone);
  return line.product_id == next.product_id && same_charges(line, next) && dates &&
         line.next_charge_at && line.payment_schedule == PaymentSchedule::start &&
         !unbilled_front(line) && dates->contains(cut.day) &&
         (cut.basis == ProrationBasis::milliseconds ? line.attached_at <= cut.at
                                                    : zone.date_of(line.attached_at) <= cut.day);
}

// Whether its terms are newer than that: what was charged from there on was charged by others.
bool changed_since(UnitOfWork& work, SubscriptionLine const& line, Instant at) {
  return work.records<SubscriptionLine>().count(
             "subscription_id = ? AND product_id = ? AND replaced_at > ?",
             {line.subscription_id.value, line.product_id.value, at.ms}) > 0;
}

// How much more than after coupons what was charged came to before them.
Exact before_coupons(std::vector<DaysCharged> const& charged) {
  Exact before, after;
  for (auto const& days : charged) {
    if (!days.before_coupons) continue;
    before += *days.before_coupons;
    after += days.charged;
  }
  return after.is_zero() ? Exact(1) : before / after;
}

// What of it stands, before coupons: what is charged again after a cancellation knows none, it is
// what came back of the rest.
Exact standing_before_coupons(std::vector<DaysCharged> const& charged, Exact const& coupons) {
  Exact stands;
  for (auto const& days : charged) {
    if (days.charged.is_zero()) continue;
    Exact const part = (days.charged - days.given_back) / days.charged;
    stands += part * days.before_coupons.value_or(days.charged * coupons);
  }
  return stands;
}

// What was charged for it from the cut on stands and was not written off; where something of it was
// given back, what is left is what the terms cost, but for the cents of its documents. What another
// version charged before and gave back to its end is out of the way.
bool is_charged(UnitOfWork& work, SubscriptionLine const& line, Cut const& cut,
                TimeZone const& zone) {
  auto const charged = days_charged_after(work, line.subscription_id, line.product_id, cut, zone);
  // A waived change brought it, or a pause passed over it: its running period costs nothing.
  if (charged.empty())
    return paid_so_far(work, line, zone).price.is_zero() ||
           passed_over_terms(work.sql(), work.tenant(), line, zone).has_value();
  Exact stands;
  bool lowered = false;
  bool free = true;  // coupons took all of it
  for (auto const& days : charged) {
    if (days.written_off) return false;
    free = free && days.charged.is_zero();
    if (days.charged == days.given_back) continue;
    lowered = lowered || !days.given_back.is_zero();
    stands += days.charged - days.given_back;
  }
  if (!lowered || stands.is_zero()) return free || !stands.is_zero();
  auto const dates = running_dates(line, zone);
  TB_ASSERT(dates.has_value());
  auto const rest = share_after(*dates, whole_cycle(line, *dates), cut, zone);
  Exact const whole = paid_so_far(work, line, zone).price * rest.fraction;
  Exact const coupons = before_coupons(charged);
  Exact off = standing_before_coupons(charged, coupons) - whole;
  if (off.is_negative()) off = -off;
  return off <= Exact(static_cast<std::int64_t>(charged.size())) * max(coupons, Exact(1));
}

}  // namespace unchanged_detail

std::set<std::string> unchanged_products(UnitOfWork& work, SubscriptionState const& state,
                                         std::vector<SubscriptionLine*> const& before,
                                         std::vector<SubscriptionLine*> const& after,
                                         SubscriptionPhase const& phase, Handover const& how,
                                         TimeZone const& zone) {
  using namespace unchanged_detail;
  std::set<std::string> unchanged;
  if (before.empty() || how.method != CalculationMethod::pro_rata || !how.keep_cycles ||
      how.direct || how.charges_anew || !how.charge_new)
    return unchanged;
  auto const& first = *before.front();
  auto const leaving = work.records<SubscriptionPhase>().find(first.phase_id.value);
  if (!leaving || leaving->do_not_invoice_phase) return unchanged;
  bool const same_version = first.subscription_id == state.subscription.id;
  auto const held = same_version ? state.subscription.coupons
                                 : coupons_of(work.sql(), work.tenant(), first.subscription_id);
  for (auto const* line : before) {
    for (auto const* next : after) {
      bool const open =
          leaving->type != PhaseType::trial && goes_on_open(*line, *next, how.cut, zone);
      if (!open &&
          (!goes_on(*line, *next, how.cut, zone) || changed_since(work, *line, how.cut.at) ||
           !is_charged(work, *line, how.cut, zone)))
        continue;
      auto const had = coupons_on(held, leaving->id, line->product_id);
      auto const has = coupons_on(state.subscription.coupons, phase.id, line->product_id);
      if (had && has && *had == *has) unchanged.insert(line->product_id.value);
    }
  }
  return unchanged;
}

std::optional<SubscriptionLine> free_terms(UnitOfWork& work, SubscriptionLine const& next,
                                           SubscriptionLine const& line, Date day,
                                           TimeZone const& zone) {
  auto const dates = running_dates(line, zone);
  if (next.product_id != line.product_id || next.payment_schedule != PaymentSchedule::start ||
      !line.next_charge_at || !dates || !dates->contains(day))
    return std::nullopt;
  return passed_over_terms(work.sql(), work.tenant(), line, zone);
}

}  // namespace tallybook
