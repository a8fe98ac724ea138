#include <algorithm>

#include "api/catalogue/codec.hpp"
#include "api/catalogue/price_groups.hpp"
#include "api/coupon/codec.hpp"
#include "api/subscription/codec.hpp"
#include "api/subscription/routes.hpp"
#include "app/subscription/running_period.hpp"
#include "domain/catalogue/plan.hpp"
#include "domain/coupon/eligibility.hpp"
#include "domain/subscription/billing.hpp"
#include "domain/subscription/next_payment.hpp"

namespace tallybook::api {
namespace subscription_detail {

SubscriptionProduct to_product(SubscriptionLine const& line, TimeZone const& zone) {
  SubscriptionProduct wire;
  wire.id = line.product_id.value;
  wire.type = line.type;
  wire.name = line.name;
  wire.description = line.description;
  wire.description_display_interval_dates = line.description_display_interval_dates;
  wire.attached_at = line.attached_at;
  wire.detached_at = line.detached_at;
  if (auto const period = running_period(line, zone); period && !line.detached_at) {
    wire.current_period_started_at = period->start;
    wire.current_period_ends_at = period->end - 1;
  }
  wire.next_payment_at = line.next_charge_at;
  wire.payment_interval = line.payment_interval;
  wire.payment_schedule = line.payment_schedule;
  wire.prices = to_api(line.prices, line.price_type);
  if (line.type != ProductType::dynamic) wire.count = line.count;
  wire.unit_name = line.unit_name;
  wire.min_committed_count = line.min_committed_count;
  wire.min_amount = line.min_amount;
  wire.max_amount = line.max_amount;
  if (line.type == ProductType::dynamic) wire.metering_interval_type = line.metering_interval_type;
  wire.metering_interval = line.metering_interval;
  wire.metering_interval_start_at = line.metering_interval_start_at;
  wire.bill_usage_difference = line.bill_usage_difference;
  wire.credits_expiration_in_days = line.credits_expiration_in_days;
  wire.expire_credits_at_end_of_period = line.expire_credits_at_end_of_period;
  if (!line.price_groups.empty()) wire.price_groups = to_api(line.price_groups, line.price_type);
  wire.group_by = line.group_by;
  if (line.price_options) wire.price_options = to_api(*line.price_options, line.price_type);
  if (line.seat_refresh) {
    auto const& refresh = *line.seat_refresh;
    wire.seat_refresh = SeatRefreshTerms{refresh.mode, refresh.interval, refresh.count,
                                         refresh.payment_schedule, refresh.calculation_method};
  }
  wire.next_refresh_date = line.seats_refresh_at;
  return wire;
}

ActivationStrategyV2 to_wire(ActivationStrategy strategy) {
  switch (strategy) {
    case ActivationStrategy::manually:
      return ActivationStrategyV2::manually;
    case ActivationStrategy::checkout:
      return ActivationStrategyV2::checkout;
    case ActivationStrategy::quote:
      return ActivationStrategyV2::quote;
    case ActivationStrategy::start_date:
      break;
  }
  return ActivationStrategyV2::start_date;
}

// A product taken off a running subscription is not shown any more; the end of all shows them.
bool is_shown(Subscription const& subscription, SubscriptionLine const& line) {
  return !line.detached_at || subscription.status != SubscriptionStatus::active;
}

// What a year is worth: the running phase, or the first that recurs when it does not.
std::vector<SubscriptionLine> lines_that_count(Subscription const& subscription,
                                               std::vector<SubscriptionLine> const& lines) {
  std::vector<SubscriptionLine> counted;
  auto const recurs = [](SubscriptionLine const& line) {
    return line.payment_interval.period != WirePeriod::once;
  };
  PhaseId phase = subscription.current_phase_id;
  bool const any = std::ranges::any_of(
      lines, [&](auto const& line) { return line.phase_id == phase && recurs(line); });
  if (!any) {
    for (auto const& line : lines) {
      if (recurs(line) && !line.detached_at) {
        phase = line.phase_id;
        break;
      }
    }
  }
  for (auto const& line : lines) {
    if (line.phase_id == phase) counted.push_back(line);
  }
  return counted;
}

void fill(SubscriptionItem& wire, Subscription const& subscription,
          std::vector<SubscriptionLine> const& lines) {
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  auto const currency = Currency::parse(subscription.currency).value_or(Currency());
  wire.id = subscription.id.value;
  wire.name = subscription.name;
  wire.currency = subscription.currency;
  wire.status = subscription.status;
  wire.customer_id = subscription.customer_id.value;
  wire.invoicing_entity_id = subscription.invoicing_entity_id.value;
  wire.crm_opportunity_id = subscription.crm_opportunity_id;
  wire.purchase_order = subscription.purchase_order;
  wire.minimum_invoice_fee = subscription.minimum_invoice_fee.value_or(Exact(0));
  wire.plan_id = subscription.plan_id;
  wire.template_id = subscription.template_id;
  wire.paused_at = subscription.paused_at;
  wire.reactivate_at = subscription.reactivate_at;
  wire.generate_document = subscription.generate_document;
  wire.document_name = subscription.document_name;
  wire.add_tax_to_document = subscription.add_tax_to_document;
  wire.do_not_charge_subscription = subscription.do_not_charge_subscription;
  wire.invoice_schedule = subscription.invoice_schedule;
  wire.renew_automatically = subscription.contract_terms.renew_automatically;
  wire.contract_start = subscription.contract_terms.starts_at;
  wire.contract_end = subscription.contract_terms.ends_at;
  wire.activation_strategy = to_wire(subscription.activation_strategy);
  wire.starts_at = subscription.starts_at;
  wire.initial_billing_at = subscription.initial_billing_at;
  wire.cancel_at = subscription.cancel_at;
  wire.cancellation_strategy = subscription.cancellation_strategy;
  wire.cancellation_amount = subscription.cancellation_amount;
  wire.cancellation_reason = subscription.cancellation_reason;
  wire.cancellation_source = subscription.cancellation_source;
  auto const valued = lines_that_count(subscription, lines);
  wire.estimated_arr = Money::rounded(subscription.estimated_arr.value_or(
                                          annual_value_with_coupons(valued, subscription.coupons)),
                                      currency)
                           .minor;
  wire.contract_value =
      Money::rounded(subscription.contract_value.value_or(Exact(wire.estimated_arr)), currency)
          .minor;
  bool const running = subscription.status == SubscriptionStatus::active;
  if (auto const period = running_period_of(subscription, lines); period && running) {
    wire.current_period_started_at = period->start;
    wire.current_period_ends_at = period->end - 1;
  }
  for (auto const& line : lines) {
    if (line.phase_id == subscription.current_phase_id && is_shown(subscription, line))
      wire.products.push_back(to_product(line, zone));
  }
  if (auto const next = next_payment(subscription, lines)) {
    wire.next_payment_at = next->at;
    wire.next_payment_amount = next->amount;
  }
  if (subscription.contract_terms.renew_automatically)
    wire.renews_at = subscription.contract_terms.ends_at;
  wire.current_phase_id = subscription.current_phase_id.value;
  wire.display_shipping_details = subscription.display_shipping_details;
  for (auto const& held : subscription.coupons) wire.coupons.push_back(to_api(held));
  wire.generate_draft_invoices = subscription.generate_draft_invoices;
  wire.invoice_custom_note = subscription.invoice_custom_note;
  wire.properties = subscription.properties;
  wire.custom_properties = subscription.custom_properties;
  wire.created_at = subscription.created_at;
  wire.updated_at = subscription.updated_at;
}

}  // namespace subscription_detail

SubscriptionItem to_item(Subscription const& subscription,
                         std::vector<SubscriptionLine> const& lines) {
  SubscriptionItem wire;
  subscription_detail::fill(wire, subscription, lines);
  return wire;
}

SubscriptionPhaseV2 to_api(SubscriptionPhase const& phase,
                           std::vector<SubscriptionLine> const& lines,
                           std::vector<HeldCoupon> const& coupons, TimeZone const& zone) {
  SubscriptionPhaseV2 wire;
  wire.id = phase.id.value;
  wire.name = phase.name;
  wire.type = phase.type;
  wire.status = phase.status;
  wire.order = phase.position;
  wire.activation_strategy = phase.activation_strategy;
  wire.end_strategy = phase.end_strategy;
  wire.billing_date_setting = phase.billing_date_setting;
  if (phase.billing_date_setting == BillingDateSetting::specific_date)
    wire.initial_billing_at = phase.initial_billing_at;
  wire.starts_at = phase.starts_at;
  wire.ends_at = phase.ends_at;
  wire.billing_cycle_alignment = phase.billing_cycle_alignment;
  if (phase.end_strategy == PhaseEnd::duration) wire.duration = phase.duration;
  wire.do_not_invoice_phase = phase.do_not_invoice_phase;
  wire.transition_calculation_method = phase.transition_calculation_method;
  wire.transition_invoicing_schedule = phase.transition_invoicing_schedule;
  for (auto const& line : lines) {
    if (line.phase_id == phase.id)
      wire.products.push_back(subscription_detail::to_product(line, zone));
  }
  for (auto const& held : coupons) {
    if (held.attached.phase_id == phase.id.value) wire.coupons.push_back(to_api(held));
  }
  wire.created_at = phase.created_at;
  wire.updated_at = phase.updated_at;
  return wire;
}

SubscriptionLiveBilling to_api(LiveBilling const& live) {
  SubscriptionLiveBilling wire{live.total_amount, live.total_discount, live.fixed_amount, {}, {}};
  for (auto const& item : live.billing_items) {
    LiveBillingItem shown{
        item.id, item.item_name, item.total_amount, item.original_amount, item.discount_amount, {}};
    for (auto const& tier : item.tiers)
      shown.tiers.push_back({tier.id, tier.name, tier.amount, tier.quantity});
    wire.billing_items.push_back(std::move(shown));
  }
  for (auto const& coupon : live.coupons)
    wire.coupons.push_back({coupon.id, coupon.name, coupon.discount_amount, coupon.item_ids});
  return wire;
}

SubscriptionDetails to_details(SubscriptionState const& state) {
  SubscriptionDetails wire;
  subscription_detail::fill(wire, state.subscription, state.lines);
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  for (auto const& phase : state.phases)
    wire.phases.push_back(to_api(phase, state.lines, state.subscription.coupons, zone));
  wire.contract_terms = state.subscription.contract_terms;
  wire.transition_from_subscription_id = state.subscription.transition_from_subscription_id;
  return wire;
}

void foresee(Call& call, SubscriptionState& state) {
  if (!next_payment_is_ahead(state.subscription, state.lines)) return;
  if (call.work == nullptr)
    call.must_rehearse = true;
  else
    foresee_payment(*call.work, state);
}

SubscriptionDetails details_of(Call& call, SubscriptionState& state) {
  foresee(call, state);
  auto details = to_details(state);
  if (auto const& id = state.subscription.plan_id) {
    SqlSession& sql = call.work != nullptr ? call.work->sql() : *call.sql;
    if (auto const plan = Records<Plan>(sql, call.tenant).find(*id))
      details.plan = PlanRef{plan->id.value, plan->name};
  }
  return details;
}

std::string subscription_json(Subscription const& subscription,
                              std::vector<SubscriptionLine> const& lines) {
  return reflect::to_text(to_item(subscription, lines));
}

}  // namespace tallybook::api
