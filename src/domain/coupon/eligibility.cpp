#include "domain/coupon/eligibility.hpp"

#include <algorithm>

#include "domain/subscription/billing.hpp"

namespace tallybook {
namespace eligibility_detail {

IntervalPeriod period_of(DurationPeriod period) {
  switch (period) {
    case DurationPeriod::days:
      return IntervalPeriod::days;
    case DurationPeriod::weeks:
      return IntervalPeriod::weeks;
    case DurationPeriod::months:
      return IntervalPeriod::months;
    case DurationPeriod::years:
      break;
  }
  return IntervalPeriod::years;
}

SubscriptionLine const* source_of(InvoiceLine const& line,
                                  std::span<SubscriptionLine const> sources) {
  for (auto const& source : sources) {
    if (line.subscription_line_id == source.id) return &source;
  }
  return nullptr;
}

bool of_products(AttachedCoupon const& attached, ProductId const& product) {
  return !attached.product_ids ||
         std::ranges::find(*attached.product_ids, product.value) != attached.product_ids->end();
}

bool once_a_period(InvoiceLine const& line) {
  if (line.charge && line.charge->amounts_before.value_or(false)) return false;
  auto const kind = line.charge ? line.charge->kind : ChargeKind::period;
  return kind == ChargeKind::period || kind == ChargeKind::cancellation ||
         kind == ChargeKind::overage;
}

// How often a year the line is charged.
Exact charges_a_year(SubscriptionLine line) {
  line.count = 1;
  line.type = ProductType::flat_fee;
  line.prices = {PriceTier()};
  line.prices.front().type = PriceType::fee;
  line.prices.front().amount = 1;
  return annual_value({line});
}

// Lasts as long as its phase does.
bool lasts(HeldCoupon const& held) {
  return held.attached.repeat == CouponRepeat::forever && !held.attached.expires_at &&
         !held.attached.removed_at;
}

}  // namespace eligibility_detail

CouponWindow window_of(AttachedCoupon const& attached, std::optional<Instant> phase_starts_at,
                       TimeZone const& zone) {
  CouponWindow window;
  if (attached.apply_at) window.from = zone.date_of(*attached.apply_at);
  if (attached.expires_at) {
    // A period that starts at the very moment is past it.
    Date const day = zone.date_of(*attached.expires_at);
    window.until = zone.start_of(day) < *attached.expires_at ? day + 1 : day;
  }
  if (attached.repeat == CouponRepeat::duration && attached.duration && phase_starts_at) {
    BillingInterval const length{eligibility_detail::period_of(attached.duration->period),
                                 attached.duration->count};
    Date const end = anniversary(zone.date_of(*phase_starts_at), length, 1);
    if (!window.until || end < *window.until) window.until = end;
  }
  return window;
}

bool may_be_on(AttachedCoupon const& attached, Invoice const& document, bool carries) {
  bool const used_up = attached.repeat == CouponRepeat::once && attached.used_by_invoice_id &&
                       *attached.used_by_invoice_id != document.id.value;
  return (!used_up || carries) &&
         (!attached.removed_at || document.created_at < *attached.removed_at);
}

std::vector<std::size_t> eligible_lines(HeldCoupon const& held,
                                        std::optional<Instant> phase_starts_at,
                                        std::span<InvoiceLine const> lines,
                                        std::span<SubscriptionLine const> sources,
                                        TimeZone const& zone) {
  using namespace eligibility_detail;
  auto const window = window_of(held.attached, phase_starts_at, zone);
  std::vector<std::size_t> eligible;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto const* source = source_of(lines[i], sources);
    if (source == nullptr || source->phase_id.value != held.attached.phase_id) continue;
    if (!of_products(held.attached, source->product_id)) continue;
    // At what was paid of it after coupons.
    if (lines[i].charge && (lines[i].charge->paid_share || lines[i].charge->charged_again))
      continue;
    if (lines[i].period_start_on && !window.contains(*lines[i].period_start_on)) continue;
    if (held.coupon.type == CouponType::amount && !once_a_period(lines[i])) continue;
    eligible.push_back(i);
  }
  return eligible;
}

CouponTarget target_of(AttachedCoupon const& attached, std::span<SubscriptionLine const> sources) {
  if (!attached.product_ids) return CouponTarget::everything;
  bool const fixed = std::ranges::any_of(sources, [&](SubscriptionLine const& source) {
    return source.phase_id.value == attached.phase_id && source.type != ProductType::dynamic &&
           eligibility_detail::of_products(attached, source.product_id);
  });
  return fixed ? CouponTarget::products : CouponTarget::usage;
}

CouponTarget target_of(std::optional<std::vector<std::size_t>> const& limited_to,
                       std::span<InvoiceLine const> lines) {
  if (!limited_to) return CouponTarget::everything;
  bool const fixed = std::ranges::any_of(*limited_to, [&](std::size_t i) {
    return i < lines.size() && lines[i].product_type != ProductType::dynamic;
  });
  return fixed ? CouponTarget::products : CouponTarget::usage;
}

Exact annual_value_with_coupons(std::span<SubscriptionLine const> lines,
                                std::span<HeldCoupon const> coupons) {
  using namespace eligibility_detail;
  std::vector<Exact> values;
  for (auto const& line : lines) values.push_back(annual_value({line}));
  for (auto const& held : coupons) {
    if (!lasts(held)) continue;
    Exact base;
    Exact often;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      bool const eligible = lines[i].phase_id.value == held.attached.phase_id &&
                            of_products(held.attached, lines[i].product_id);
      if (!eligible || values[i] <= 0) continue;
      if (held.coupon.discount_percent)
        values[i] = values[i] * (Exact(100) - *held.coupon.discount_percent) / 100;
      base += values[i];
      often = max(often, charges_a_year(lines[i]));
    }
    if (held.coupon.discount_percent || base.is_zero()) continue;
    Exact const taken = min(base, Exact(held.coupon.discount_amount.value_or(0)) * often);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      bool const eligible = lines[i].phase_id.value == held.attached.phase_id &&
                            of_products(held.attached, lines[i].product_id);
      if (eligible && values[i] > 0) values[i] -= taken * values[i] / base;
    }
  }
  Exact sum;
  for (auto const& value : values) sum += value;
  return sum;
}

}  // namespace tallybook
