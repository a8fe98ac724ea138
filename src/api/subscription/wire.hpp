// Subscriptions, phases and their products on the wire.
#pragma once

#include "api/catalogue/wire.hpp"
#include "api/coupon/wire.hpp"
#include "api/subscription/plan_wire.hpp"
#include "api/subscription/seat_wire.hpp"
#include "domain/subscription/subscription.hpp"

namespace tallybook::api {

BOOST_DEFINE_ENUM_CLASS(ActivationStrategyV2, start_date, manually, checkout, quote,
                        contract_start_date)
BOOST_DEFINE_ENUM_CLASS(PaymentMethodStrategy, current, external, new_)

// Extensions: prices by what events say.
struct PricesByEvents {
  std::optional<std::vector<PriceGroupInput>> price_groups;
  std::optional<std::string> group_by;
  std::optional<PriceOptionsInput> price_options;
};
BOOST_DESCRIBE_STRUCT(PricesByEvents, (), (price_groups, group_by, price_options))

struct SubscriptionProduct : PricesByEvents {
  std::string id;
  std::optional<std::string> catalog_version_id;
  ProductType type{};
  std::optional<std::string> name;
  std::optional<std::string> description;
  bool description_display_interval_dates = false;
  Instant attached_at;
  std::optional<Instant> detached_at;
  std::optional<Instant> current_period_started_at;
  std::optional<Instant> current_period_ends_at;
  std::optional<Instant> next_payment_at;
  Interval payment_interval;
  PaymentSchedule payment_schedule{};
  std::vector<Price> prices;
  std::optional<Exact> count;
  std::optional<std::string> unit_name;
  std::optional<Exact> min_committed_count;
  std::optional<Exact> min_amount;
  std::optional<Exact> max_amount;
  std::optional<MeteringIntervalType> metering_interval_type;
  std::optional<Interval> metering_interval;
  std::optional<Instant> metering_interval_start_at;
  bool bill_usage_difference = false;
  std::optional<int> credits_expiration_in_days;
  bool expire_credits_at_end_of_period = false;
  std::optional<SeatRefreshTerms> seat_refresh;
  std::optional<Instant> next_refresh_date;
};
BOOST_DESCRIBE_STRUCT(SubscriptionProduct, (PricesByEvents),
                      (id, catalog_version_id, type, name, description,
                       description_display_interval_dates, attached_at, detached_at,
                       current_period_started_at, current_period_ends_at, next_payment_at,
                       payment_interval, payment_schedule, prices, count, unit_name,
                       min_committed_count, min_amount, max_amount, metering_interval_type,
                       metering_interval, metering_interval_start_at, bill_usage_difference,
                       credits_expiration_in_days, expire_credits_at_end_of_period, seat_refresh,
                       next_refresh_date))

struct SubscriptionPhaseV2 {
  std::string id;
  std::optional<std::string> name;
  PhaseType type{};
  PhaseStatus status{};
  int order = 0;
  PhaseActivation activation_strategy{};
  PhaseEnd end_strategy{};
  std::optional<Duration> duration;
  BillingDateSetting billing_date_setting{};
  std::optional<Instant> initial_billing_at;
  std::optional<Instant> starts_at;
  std::optional<Instant> ends_at;
  BillingCycleAlignment billing_cycle_alignment{};
  bool do_not_invoice_phase = false;
  std::optional<TransitionMethod> transition_calculation_method;
  std::optional<TransitionSchedule> transition_invoicing_schedule;
  std::vector<SubscriptionProduct> products;
  std::vector<SubscriptionCoupon> coupons;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionPhaseV2, (),
                      (id, name, type, status, order, activation_strategy, end_strategy, duration,
                       billing_date_setting, initial_billing_at, starts_at, ends_at,
                       billing_cycle_alignment, do_not_invoice_phase, transition_calculation_method,
                       transition_invoicing_schedule, products, coupons, created_at, updated_at))

struct SubscriptionV2 {
  std::string id;
  std::optional<std::string> name;
  std::string currency;
  SubscriptionStatus status{};
  std::string customer_id;
  std::string invoicing_entity_id;
  std::optional<std::string> plan_id;
  std::optional<std::string> template_id;
  std::optional<std::string> checkout_session_id;
  std::optional<std::string> crm_opportunity_id;
  std::optional<std::string> purchase_order;
  std::optional<Exact> minimum_invoice_fee;
  std::optional<Interval> commitment_interval;
  bool renew_automatically = false;
  std::optional<Interval> renew_for;
  std::optional<Instant> contract_start;
  std::optional<Instant> contract_end;
  std::optional<ActivationStrategyV2> activation_strategy;
  std::optional<Instant> starts_at;
  std::optional<Instant> initial_billing_at;
  std::optional<Instant> paused_at;
  std::optional<Instant> reactivate_at;
  std::optional<Instant> cancel_at;
  std::optional<CancellationStrategy> cancellation_strategy;
  std::optional<std::int64_t> cancellation_amount;
  std::optional<std::string> cancellation_reason;
  std::optional<std::string> cancellation_source;
  std::int64_t estimated_arr = 0;
  std::int64_t contract_value = 0;
  std::optional<Instant> current_period_started_at;
  std::optional<Instant> current_period_ends_at;
  std::optional<Instant> next_payment_at;
  std::optional<std::int64_t> next_payment_amount;
  std::optional<Instant> renews_at;
  std::optional<std::string> current_phase_id;
  bool display_shipping_details = false;
  bool generate_document = false;
  std::optional<std::string> document_name;
  bool add_tax_to_document = true;
  bool generate_draft_invoices = false;
  bool do_not_charge_subscription = false;
  std::optional<std::string> invoice_custom_note;
  std::optional<InvoiceSchedule> invoice_schedule;
};
BOOST_DESCRIBE_STRUCT(
    SubscriptionV2, (),
    (id, name, currency, status, customer_id, invoicing_entity_id, plan_id, template_id,
     checkout_session_id, crm_opportunity_id, purchase_order, minimum_invoice_fee,
     commitment_interval, renew_automatically, renew_for, contract_start, contract_end,
     activation_strategy, starts_at, initial_billing_at, paused_at, reactivate_at, cancel_at,
     cancellation_strategy, cancellation_amount, cancellation_reason, cancellation_source,
     estimated_arr, contract_value, current_period_started_at, current_period_ends_at,
     next_payment_at, next_payment_amount, renews_at, current_phase_id, display_shipping_details,
     generate_document, document_name, add_tax_to_document, generate_draft_invoices,
     do_not_charge_subscription, invoice_custom_note, invoice_schedule))

// The list item; the rest of the fields (52 is the macro's limit).
struct SubscriptionItem : SubscriptionV2 {
  JsonText properties;
  JsonText custom_properties;
  Instant created_at;
  Instant updated_at;
  std::vector<SubscriptionProduct> products;
  std::vector<SubscriptionCoupon> coupons;
  std::vector<IntegrationRef> integrations;
};
BOOST_DESCRIBE_STRUCT(SubscriptionItem, (SubscriptionV2),
                      (properties, custom_properties, created_at, updated_at, products, coupons,
                       integrations))

struct LiveBillingTier {
  std::string id;
  std::string name;
  std::int64_t amount = 0;
  Exact quantity;
};
BOOST_DESCRIBE_STRUCT(LiveBillingTier, (), (id, name, amount, quantity))

struct LiveBillingItem {
  std::string id;
  std::string item_name;
  std::int64_t total_amount = 0;
  std::int64_t original_amount = 0;
  std::int64_t discount_amount = 0;
  std::vector<LiveBillingTier> tiers;
};
BOOST_DESCRIBE_STRUCT(LiveBillingItem, (),
                      (id, item_name, total_amount, original_amount, discount_amount, tiers))

struct LiveBillingCoupon {
  std::string id;
  std::string name;
  std::int64_t discount_amount = 0;
  std::vector<std::string> item_ids;
};
BOOST_DESCRIBE_STRUCT(LiveBillingCoupon, (), (id, name, discount_amount, item_ids))

// What the running periods come to as of now, without tax.
struct SubscriptionLiveBilling {
  std::int64_t total_amount = 0;
  std::int64_t total_discount = 0;
  std::int64_t fixed_amount = 0;
  std::vector<LiveBillingItem> billing_items;
  std::vector<LiveBillingCoupon> coupons;
  JsonText explanation;  // with explain=true (extension)
};
BOOST_DESCRIBE_STRUCT(SubscriptionLiveBilling, (),
                      (total_amount, total_discount, fixed_amount, billing_items, coupons,
                       explanation))

struct SubscriptionDetails : SubscriptionItem {
  std::vector<SubscriptionPhaseV2> phases;
  ContractTerms contract_terms;
  std::optional<std::string> transition_from_subscription_id;
  std::optional<PlanRef> plan;
  JsonText checkout_session;
  std::optional<std::string> payment_method_type;
  JsonText payment_method;
  std::optional<SubscriptionLiveBilling> live_billing;  // with include_live_billing
};
BOOST_DESCRIBE_STRUCT(SubscriptionDetails, (SubscriptionItem),
                      (phases, contract_terms, transition_from_subscription_id, plan,
                       checkout_session, payment_method_type, payment_method, live_billing))

struct FeeInput {
  std::optional<std::string> type;
  Exact amount;
};
BOOST_DESCRIBE_STRUCT(FeeInput, (), (type, amount))

struct SubscriptionProductInput : PricesByEvents {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<bool> description_display_interval_dates;
  std::optional<Interval> payment_interval;
  std::optional<PaymentSchedule> payment_schedule;
  std::optional<FeeInput> price;
  std::optional<std::vector<Price>> prices;
  std::optional<Exact> count;
  std::optional<std::string> unit_name;
  std::optional<Exact> min_committed_count;
  std::optional<Exact> min_amount;
  std::optional<Exact> max_amount;
  std::optional<MeteringIntervalType> metering_interval_type;
  std::optional<Interval> metering_interval;
  std::optional<Instant> metering_interval_start_at;
  std::optional<bool> bill_usage_difference;
  std::optional<int> credits_expiration_in_days;
  std::optional<bool> expire_credits_at_end_of_period;
  std::optional<std::string> catalog_version_id;
  std::optional<SeatRefreshTerms> seat_refresh;
};
BOOST_DESCRIBE_STRUCT(SubscriptionProductInput, (PricesByEvents),
                      (id, name, description, description_display_interval_dates, payment_interval,
                       payment_schedule, price, prices, count, unit_name, min_committed_count,
                       min_amount, max_amount, metering_interval_type, metering_interval,
                       metering_interval_start_at, bill_usage_difference,
                       credits_expiration_in_days, expire_credits_at_end_of_period,
                       catalog_version_id, seat_refresh))

struct SubscriptionPhaseInput {
  std::optional<std::string> name;
  std::optional<PhaseType> type;
  std::optional<PhaseStatus> status;
  std::optional<int> order;
  std::optional<PhaseActivation> activation_strategy;
  std::optional<PhaseEnd> end_strategy;
  std::optional<Duration> duration;
  std::optional<BillingDateSetting> billing_date_setting;
  std::optional<Instant> initial_billing_at;
  std::optional<Instant> starts_at;
  std::optional<Instant> ends_at;
  std::optional<BillingCycleAlignment> billing_cycle_alignment;
  std::optional<bool> do_not_invoice_phase;
  std::optional<TransitionMethod> transition_calculation_method;
  std::optional<TransitionSchedule> transition_invoicing_schedule;
  std::vector<SubscriptionProductInput> products;
  std::optional<std::vector<SubscriptionCouponInput>> coupons;
};
BOOST_DESCRIBE_STRUCT(SubscriptionPhaseInput, (),
                      (name, type, status, order, activation_strategy, end_strategy, duration,
                       billing_date_setting, initial_billing_at, starts_at, ends_at,
                       billing_cycle_alignment, do_not_invoice_phase, transition_calculation_method,
                       transition_invoicing_schedule, products, coupons))

struct ContractTermsInput {
  ContractActivation activation_strategy{};
  ContractEnd end_strategy{};
  std::optional<Instant> starts_at;
  std::optional<Instant> ends_at;
  std::optional<Duration> duration;
  std::optional<bool> renew_automatically;
  std::optional<Duration> renew_for_duration;
};
BOOST_DESCRIBE_STRUCT(ContractTermsInput, (),
                      (activation_strategy, end_strategy, starts_at, ends_at, duration,
                       renew_automatically, renew_for_duration))

// Legacy: a trial in front of the first phase.
struct SubscriptionTrialInput {
  PhaseEnd end_strategy = PhaseEnd::end_date;
  std::optional<Instant> starts_at;
  std::optional<Instant> ends_at;
  std::optional<Duration> duration;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTrialInput, (), (end_strategy, starts_at, ends_at, duration))

// What a subscription is, whoever it is for.
struct SubscriptionPayload {
  std::optional<std::string> name;
  std::optional<std::string> purchase_order;
  std::optional<std::string> invoicing_entity_id;
  std::optional<std::string> crm_opportunity_id;
  std::optional<ActivationStrategyV2> activation_strategy;
  std::optional<PaymentMethodStrategy> payment_method_strategy;
  std::optional<std::vector<PaymentMethodType>> available_payment_method_types;
  std::optional<ContractTermsInput> contract_terms;
  std::optional<Exact> minimum_invoice_fee;
  std::optional<Instant> starts_at;
  std::optional<Instant> initial_billing_at;
  std::optional<Instant> cancel_at;
  std::optional<CancellationStrategy> cancellation_strategy;
  std::optional<std::int64_t> cancellation_amount;
  std::optional<RefundMethod> cancellation_refund_method;
  std::optional<Value> checkout_session;
  std::optional<SubscriptionTrialInput> trial;
  std::optional<Instant> trial_ends_at;
  std::optional<bool> trial_delay_first_invoice;
  std::optional<std::string> plan_id;
  std::optional<std::string> template_id;
  std::optional<std::string> template_configuration_id;
  std::optional<std::vector<SubscriptionProductInput>> products;
  std::optional<std::vector<SubscriptionCouponInput>> coupons;
  std::optional<std::string> promotion_code;  // extension: as it is typed at a checkout
  std::optional<std::vector<SubscriptionPhaseInput>> phases;
  std::optional<bool> display_shipping_details;
  std::optional<bool> tax_only;
  std::optional<bool> generate_draft_invoices;
  std::optional<bool> generate_document;
  std::optional<std::string> document_name;
  std::optional<bool> add_tax_to_document;
  std::optional<bool> do_not_charge_subscription;
  std::optional<std::string> invoice_custom_note;
  std::optional<InvoiceSchedule> invoice_schedule;
  std::optional<BillingCycleAlignment> billing_cycle_alignment;
  std::optional<Instant> contract_start;
  std::optional<Instant> contract_end;
  std::optional<Interval> commitment_interval;
  std::optional<bool> renew_automatically;
  std::optional<Interval> renew_for;
  std::optional<std::map<std::string, Value>> properties;
  std::optional<std::map<std::string, Value>> custom_properties;
};
BOOST_DESCRIBE_STRUCT(
    SubscriptionPayload, (),
    (name, purchase_order, invoicing_entity_id, crm_opportunity_id, activation_strategy,
     payment_method_strategy, available_payment_method_types, contract_terms, minimum_invoice_fee,
     starts_at, initial_billing_at, cancel_at, cancellation_strategy, cancellation_amount,
     cancellation_refund_method, checkout_session, trial, trial_ends_at, trial_delay_first_invoice,
     plan_id, template_id, template_configuration_id, products, coupons, promotion_code, phases,
     display_shipping_details, tax_only, generate_draft_invoices, generate_document, document_name,
     add_tax_to_document, do_not_charge_subscription, invoice_custom_note, invoice_schedule,
     billing_cycle_alignment, contract_start, contract_end, commitment_interval,
     renew_automatically, renew_for, properties, custom_properties))

struct SubscriptionCreate : SubscriptionPayload {
  std::string customer_id;
};
BOOST_DESCRIBE_STRUCT(SubscriptionCreate, (SubscriptionPayload), (customer_id))

struct SubscriptionCancel {
  std::optional<Instant> cancel_at;
  std::optional<std::string> reason;
  std::optional<bool> pro_rata;
  std::optional<RefundMethod> refund_method;
  std::optional<CancellationStrategy> cancellation_strategy;
  std::optional<std::int64_t> cancellation_amount;
  std::optional<std::string> cancellation_reason;
};
BOOST_DESCRIBE_STRUCT(SubscriptionCancel, (),
                      (cancel_at, reason, pro_rata, refund_method, cancellation_strategy,
                       cancellation_amount, cancellation_reason))

}  // namespace tallybook::api
