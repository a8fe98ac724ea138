#include "domain/subscription/next_payment.hpp"

#include <algorithm>

#include "domain/coupon/eligibility.hpp"
#include "domain/invoice/discounting.hpp"
#include "domain/subscription/billing.hpp"
#include "domain/subscription/minimum_line.hpp"

namespace tallybook {
namespace next_payment_detail {

// Service ends before a period that begins then, and after one that ends then.
bool is_over(SubscriptionLine const& line, std::optional<Instant> const& end) {
  if (!end) return false;
  bool const in_advance = line.payment_schedule == PaymentSchedule::start && !unbilled_front(line);
  return in_advance ? *line.next_charge_at >= *end : *line.next_charge_at > *end;
}

bool is_invoiced(SubscriptionLine const& line, std::vector<KnownPhase> const& phases) {
  return std::ranges::none_of(phases, [&](KnownPhase const& phase) {
    return phase.id == line.phase_id && !phase.invoiced;
  });
}

InvoiceLine item_of(SubscriptionLine const& line, ChargedPart const& due) {
  InvoiceLine item;
  item.id = InvoiceLineId("ili_" + line.id.value);
  item.subscription_line_id = line.id;
  item.product_id = line.product_id;
  item.product_type = line.type;
  item.period_start_on = due.period.start;
  if (line.payment_interval.period != WirePeriod::once) item.period_end_on = due.period.end;
  item.exact_amount = charge_amount(line, due.fraction, 0, {}).amount_minor;
  item.charge = ChargeFacts{};
  item.charge->fraction = due.fraction;
  know_earlier_part(line, due.period, *item.charge);
  return item;
}

InvoiceLine item_of(WaitingCharge const& waiting) {
  InvoiceLine item;
  item.id = InvoiceLineId("ili_waiting");
  item.subscription_line_id = waiting.line;
  item.period_start_on = waiting.period_start_on;
  item.exact_amount = waiting.amount;
  if (waiting.amount.is_negative()) item.entry_type = EntryType::credit;
  item.charge = ChargeFacts{};
  item.charge->kind = ChargeKind::change;
  return item;
}

std::vector<DocumentCoupon> coupons_on(Subscription const& subscription, Invoice const& invoice,
                                       std::vector<InvoiceLine> const& items,
                                       std::vector<SubscriptionLine> const& lines,
                                       TimeZone const& zone) {
  std::vector<DocumentCoupon> coupons;
  for (auto const& held : subscription.coupons) {
    auto const carried = subscription.carried.find(held.attached.id.value);
    bool const carries = carried != subscription.carried.end();
    auto const fixed = held.coupon.discount_amount.value_or(0);
    if (!may_be_on(held.attached, invoice, carries && fixed + carried->second > 0)) continue;
    auto starts_at = subscription.starts_at;
    for (auto const& phase : subscription.known_phases) {
      if (phase.id.value == held.attached.phase_id && phase.starts_at) starts_at = phase.starts_at;
    }
    auto eligible = eligible_lines(held, starts_at, items, lines, zone);
    if (eligible.empty()) continue;
    DocumentCoupon coupon;
    coupon.shown.subscription_coupon_id = held.attached.id.value;
    coupon.shown.discount_percent = held.coupon.discount_percent;
    coupon.shown.fixed_amount = held.coupon.discount_amount;
    if (held.coupon.currency) coupon.currency = Currency::parse(*held.coupon.currency);
    coupon.lines = std::move(eligible);
    coupon.target = target_of(held.attached, lines);
    if (carries) {
      coupon.carried = carried->second;
      coupon.stays = held.attached.repeat != CouponRepeat::once;
    }
    coupons.push_back(std::move(coupon));
  }
  return coupons;
}

std::int64_t net_of(Subscription const& subscription, Instant at, std::vector<InvoiceLine> items,
                    std::vector<SubscriptionLine> const& lines, TimeZone const& zone) {
  Invoice invoice;
  invoice.id = InvoiceId("inv_next");
  invoice.currency = subscription.currency;
  invoice.created_at = at;
  discount_document(invoice, items, coupons_on(subscription, invoice, items, lines, zone),
                    subscription.coupon_stacking);
  std::vector<SubscriptionPhase> phases;
  for (auto const& known : subscription.known_phases) {
    auto& phase = phases.emplace_back();
    phase.id = known.id;
    phase.type = known.type;
  }
  set_minimum_line(subscription, invoice, items, minimum_share(items, lines, phases));
  compute_totals(invoice, items);
  return invoice.amount_excluding_tax;
}

// By the terms that hold now, as if they always would.
std::optional<NextPayment> by_running_terms(Subscription const& subscription,
                                            std::vector<SubscriptionLine> const& lines) {
  if (subscription.status != SubscriptionStatus::active) return std::nullopt;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  std::optional<Instant> end;
  if (subscription.cancel_at)
    end = zone.start_of(end_of_service(*subscription.cancel_at, lines, zone));
  std::optional<Instant> at;
  auto const sooner = [&](Instant candidate) {
    if (!at || candidate < *at) at = candidate;
  };
  std::vector<SubscriptionLine> charged;
  for (auto const& line : lines) {
    bool const comes = !line.detached_at && line.next_charge_at && !is_over(line, end) &&
                       is_invoiced(line, subscription.known_phases);
    if (!comes) continue;
    sooner(*line.next_charge_at);
    charged.push_back(line);
  }
  for (auto const& waiting : subscription.waiting) {
    if (waiting.charge_at) sooner(*waiting.charge_at);
  }
  if (!at) return std::nullopt;
  std::vector<InvoiceLine> items;
  for (auto& line : charged) {
    // In front of a late first billing two charges of a line are due together.
    while (line.next_charge_at == at && !is_over(line, end)) {
      items.push_back(item_of(line, due_charge(line, zone).part));
      advance_line(line, zone);
    }
  }
  for (auto const& waiting : subscription.waiting) {
    if (!waiting.charge_at || *waiting.charge_at <= *at) items.push_back(item_of(waiting));
  }
  return NextPayment{*at, net_of(subscription, *at, std::move(items), lines, zone)};
}

}  // namespace next_payment_detail

std::optional<NextPayment> next_payment(Subscription const& subscription,
                                        std::vector<SubscriptionLine> const& lines) {
  if (subscription.foreseen) return subscription.foreseen->next;
  return next_payment_detail::by_running_terms(subscription, lines);
}

bool next_payment_is_ahead(Subscription const& subscription,
                           std::vector<SubscriptionLine> const& lines) {
  switch (subscription.status) {
    case SubscriptionStatus::pending:
      if (subscription.transition_from_subscription_id) return true;
      return subscription.starts_at &&
             subscription.activation_strategy == ActivationStrategy::start_date;
    case SubscriptionStatus::paused:
      return subscription.reactivate_at.has_value();
    case SubscriptionStatus::active:
      break;
    default:
      return false;
  }
  // What waits may be lowered by coupons of other terms.
  if (!subscription.waiting.empty()) return true;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  std::optional<Instant> event = subscription.next_event_at;
  if (subscription.cancel_at) {
    Instant const end = zone.start_of(end_of_service(*subscription.cancel_at, lines, zone));
    if (!event || end < *event) event = end;
  }
  auto const next = next_payment_detail::by_running_terms(subscription, lines);
  // What gives more back than it charges is no payment.
  if (next && next->amount < 0) return true;
  return event && (!next || *event <= next->at);
}

}  // namespace tallybook
