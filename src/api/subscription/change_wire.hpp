// Updates, transitions and templates of subscriptions on the wire.
#pragma once

#include "api/subscription/wire.hpp"
#include "domain/subscription/changes.hpp"

namespace tallybook::api {

BOOST_DEFINE_ENUM_CLASS(UpdateTypeV1, add_product, remove_product, add_coupon, remove_coupon,
                        update_count, update_prices, add_item, remove_item)
BOOST_DEFINE_ENUM_CLASS(UsageIntervalType, subscription_commitment, subscription_duration,
                        item_payment_interval, full_database, custom)
BOOST_DEFINE_ENUM_CLASS(ApplicationScheduleV1, immediately, next_period, custom, scheduled)

// What the six types carry; each uses its own part.
struct UpdatePayload : PricesByEvents {
  std::optional<std::string> product_id;
  std::optional<Exact> count;
  std::optional<std::vector<Price>> prices;
  std::optional<std::string> type;
  std::optional<std::string> product_name;
  std::optional<std::string> product_description;
  std::optional<std::string> billing_interval_period;  // quarters as well
  std::optional<int> billing_interval_count;
  std::optional<PaymentSchedule> start_or_end;
  std::optional<bool> display_interval_dates_in_description;
  std::optional<Exact> min_amount;
  std::optional<Exact> max_amount;
  std::optional<Exact> committed_count;
  std::optional<UsageIntervalType> usage_interval_type;
  std::optional<int> usage_interval_count;
  std::optional<WirePeriod> usage_interval_period;
  std::optional<Instant> usage_interval_period_start;
  std::optional<bool> only_bill_usage_difference;
  std::optional<std::string> unit_name;
  std::optional<std::string> coupon_id;
  std::optional<std::string> repeat;
  std::optional<Instant> expires_at;
  std::optional<Instant> apply_at;
  std::optional<std::vector<std::string>> billing_item_ids;
  std::optional<std::vector<std::string>> product_ids;
  std::optional<int> duration_count;
  std::optional<std::string> duration_period;
  std::optional<SeatRefreshTerms> seat_refresh;
  std::optional<int> credits_expiration_in_days;
  std::optional<bool> expire_credits_at_end_of_period;
};
BOOST_DESCRIBE_STRUCT(UpdatePayload, (PricesByEvents),
                      (product_id, count, prices, type, product_name, product_description,
                       billing_interval_period, billing_interval_count, start_or_end,
                       display_interval_dates_in_description, min_amount, max_amount,
                       committed_count, usage_interval_type, usage_interval_count,
                       usage_interval_period, usage_interval_period_start,
                       only_bill_usage_difference, unit_name, coupon_id, repeat, expires_at,
                       apply_at, billing_item_ids, product_ids, duration_count, duration_period,
                       seat_refresh, credits_expiration_in_days, expire_credits_at_end_of_period))

struct SubscriptionUpdateEnvelope {
  ApplicationSchedule application_schedule{};
  UpdatePayment payment_schedule{};
  CalculationMethod calculation_method{};
  std::optional<Instant> apply_at;
  std::optional<Instant> charge_at;
  std::optional<RefundMethod> refund_method;
  std::optional<ProrationBasis> precision;
};
BOOST_DESCRIBE_STRUCT(SubscriptionUpdateEnvelope, (),
                      (application_schedule, payment_schedule, calculation_method, apply_at,
                       charge_at, refund_method, precision))

struct SubscriptionUpdateRequest : SubscriptionUpdateEnvelope {
  UpdateTypeV1 type{};
  UpdatePayload payload;
};
BOOST_DESCRIBE_STRUCT(SubscriptionUpdateRequest, (SubscriptionUpdateEnvelope), (type, payload))

struct SubscriptionChangeV1 {
  UpdateTypeV1 type{};
  UpdatePayload payload;
};
BOOST_DESCRIBE_STRUCT(SubscriptionChangeV1, (), (type, payload))

struct SubscriptionUpdateManyRequest : SubscriptionUpdateEnvelope {
  std::vector<SubscriptionChangeV1> updates;
};
BOOST_DESCRIBE_STRUCT(SubscriptionUpdateManyRequest, (SubscriptionUpdateEnvelope), (updates))

struct SubscriptionUpdateRef {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(SubscriptionUpdateRef, (), (id))

struct SubscriptionSimulation {
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(SubscriptionSimulation, (), (amount))

// A detected change of connected seats.
struct SubscriptionUpdateV1 {
  std::string id;
  ApplicationScheduleV1 application_schedule{};
  Instant apply_at;
  UpdatePayment payment_schedule{};
  CalculationMethod calculation_method{};
  std::optional<std::int64_t> adjustment_amount;
  std::string subscription_id;
  std::string product_id;
  Exact previous_count;
  Exact new_count;
  std::optional<Instant> next_refresh_date;
};
BOOST_DESCRIBE_STRUCT(SubscriptionUpdateV1, (),
                      (id, application_schedule, apply_at, payment_schedule, calculation_method,
                       adjustment_amount, subscription_id, product_id, previous_count, new_count,
                       next_refresh_date))

// Extension: an update as it stands. One that cannot be applied on its day is failed with a reason;
// one that was taken back, by request or with what it would have changed, is cancelled.
struct SubscriptionUpdateRecord {
  std::string id;
  std::string subscription_id;
  std::string batch_id;  // updates of one request are applied or cancelled together
  UpdateType type{};
  UpdateStatus status{};
  std::optional<std::string> status_reason;
  ApplicationSchedule application_schedule{};
  std::optional<Instant> apply_at;
  UpdatePayment payment_schedule{};
  std::optional<Instant> charge_at;
  CalculationMethod calculation_method{};
  std::optional<RefundMethod> refund_method;
  ProrationBasis precision{};
  std::optional<std::string> product_id;
  std::optional<std::string> coupon_id;
  std::optional<Exact> previous_count;
  std::optional<Exact> new_count;
  std::optional<std::vector<Price>> prices;  // of update_prices
  std::optional<std::int64_t> adjustment_amount;
  std::optional<Instant> applied_at;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionUpdateRecord, (),
                      (id, subscription_id, batch_id, type, status, status_reason,
                       application_schedule, apply_at, payment_schedule, charge_at,
                       calculation_method, refund_method, precision, product_id, coupon_id,
                       previous_count, new_count, prices, adjustment_amount, applied_at,
                       created_at))

// What webhooks show of a subscription that was updated.
struct UpdatedSubscriptionItem : SubscriptionItem {
  std::vector<SubscriptionUpdateRecord> updates;
};
BOOST_DESCRIBE_STRUCT(UpdatedSubscriptionItem, (SubscriptionItem), (updates))

struct SubscriptionPauseBody {
  std::optional<Instant> reactivate_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionPauseBody, (), (reactivate_at))
// Who bills: there is no other engine to come from.
BOOST_DEFINE_ENUM_CLASS(BillingEngine, hyperline)
struct SubscriptionEngine {
  BillingEngine engine{};
  std::optional<bool> cancel_external_subscription;
};
BOOST_DESCRIBE_STRUCT(SubscriptionEngine, (), (engine, cancel_external_subscription))

struct SubscriptionRenewBody {
  Instant up_to;
};
BOOST_DESCRIBE_STRUCT(SubscriptionRenewBody, (), (up_to))
struct SubscriptionNextPhaseBody {
  std::optional<Instant> transition_date;
};
BOOST_DESCRIBE_STRUCT(SubscriptionNextPhaseBody, (), (transition_date))

// Absent keys stay as they are.
struct SubscriptionPut {
  Patch<std::string> name;
  Patch<std::string> purchase_order;
  Patch<std::string> crm_opportunity_id;
  Patch<std::string> invoice_custom_note;
  Patch<Instant> cancel_at;
  Patch<Exact> estimated_arr;
  Patch<Exact> contract_value;
  Patch<Exact> minimum_invoice_fee;
  Patch<std::string> document_name;
  std::optional<bool> generate_draft_invoices;
  std::optional<bool> generate_document;
  std::optional<bool> add_tax_to_document;
  std::optional<bool> do_not_charge_subscription;
  std::optional<bool> display_shipping_details;
  std::optional<bool> tax_only;
  std::optional<InvoiceSchedule> invoice_schedule;
  std::optional<Instant> starts_at;
  std::optional<Instant> initial_billing_at;
  std::optional<std::map<std::string, Value>> properties;
  std::optional<std::map<std::string, Value>> custom_properties;
  std::optional<std::vector<SubscriptionPhaseInput>> phases;
  std::optional<ContractTermsInput> contract_terms;
};
BOOST_DESCRIBE_STRUCT(SubscriptionPut, (),
                      (name, purchase_order, crm_opportunity_id, invoice_custom_note, cancel_at,
                       estimated_arr, contract_value, minimum_invoice_fee, document_name,
                       generate_draft_invoices, generate_document, add_tax_to_document,
                       do_not_charge_subscription, display_shipping_details, tax_only,
                       invoice_schedule, starts_at, initial_billing_at, properties,
                       custom_properties, phases, contract_terms))

struct SubscriptionTransitionCreate {
  std::string source_subscription_id;
  TransitionApplication application_schedule{};
  SubscriptionPayload target_subscription;
  std::optional<std::string> name;
  std::optional<std::string> transition_date;  // a day or a moment
  std::optional<TransitionCalculation> calculation_method;
  std::optional<CycleTransition> billing_cycle_transition_method;
  std::optional<RefundMethod> refund_method;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTransitionCreate, (),
                      (source_subscription_id, application_schedule, target_subscription, name,
                       transition_date, calculation_method, billing_cycle_transition_method,
                       refund_method))

struct SubscriptionTransitionV2 {
  std::string id;
  std::string customer_id;
  std::string base_subscription_id;
  std::string source_subscription_id;
  std::optional<std::string> target_subscription_id;
  TransitionStatus status{};
  std::optional<std::string> name;
  std::optional<std::string> transition_date;
  std::optional<std::string> transitioned_at;
  TransitionApplication application_schedule{};
  std::optional<CycleTransition> billing_cycle_transition_method;
  std::optional<TransitionCalculation> calculation_method;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTransitionV2, (),
                      (id, customer_id, base_subscription_id, source_subscription_id,
                       target_subscription_id, status, name, transition_date, transitioned_at,
                       application_schedule, billing_cycle_transition_method, calculation_method,
                       created_at, updated_at))

struct SubscriptionTransitionPreviewRequest {
  std::string transition_id;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTransitionPreviewRequest, (), (transition_id))
struct SubscriptionTransitionPreview {
  std::string transition_id;
  std::vector<JsonText> invoices;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTransitionPreview, (), (transition_id, invoices))
// With explain=true.
struct SubscriptionTransitionPreviewExplained : SubscriptionTransitionPreview {
  std::vector<JsonText> explanations;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTransitionPreviewExplained, (SubscriptionTransitionPreview),
                      (explanations))

struct TemplateConfigurationWrite {
  std::string currency;
  std::optional<std::string> country;
  std::vector<SubscriptionPhaseInput> phases;
  std::optional<ContractTermsInput> contract_terms;
  std::optional<std::string> name;
  std::optional<Exact> minimum_invoice_fee;
  std::optional<Instant> cancel_at;
  std::optional<std::map<std::string, Value>> custom_properties;
  std::optional<bool> generate_document;
  std::optional<std::string> document_name;
  std::optional<bool> add_tax_to_document;
  std::optional<bool> generate_draft_invoices;
};
BOOST_DESCRIBE_STRUCT(TemplateConfigurationWrite, (),
                      (currency, country, phases, contract_terms, name, minimum_invoice_fee,
                       cancel_at, custom_properties, generate_document, document_name,
                       add_tax_to_document, generate_draft_invoices))

struct TemplateConfigurationV1 {
  std::string id;
  std::string currency;
  std::optional<std::string> country;
  std::vector<SubscriptionPhaseV2> phases;
  std::optional<ContractTerms> contract_terms;
  std::optional<std::string> name;
  std::optional<Exact> minimum_invoice_fee;
  std::optional<Instant> cancel_at;
  std::map<std::string, Value> custom_properties;
  bool generate_document = false;
  std::optional<std::string> document_name;
  bool add_tax_to_document = true;
  bool generate_draft_invoices = false;
};
BOOST_DESCRIBE_STRUCT(TemplateConfigurationV1, (),
                      (id, currency, country, phases, contract_terms, name, minimum_invoice_fee,
                       cancel_at, custom_properties, generate_document, document_name,
                       add_tax_to_document, generate_draft_invoices))

struct TemplateConfigurationRef {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(TemplateConfigurationRef, (), (id))

struct SubscriptionTemplateWrite {
  std::string name;
  Patch<std::string> description;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTemplateWrite, (), (name, description))

struct SubscriptionTemplateSummary {
  std::string id;
  std::string name;
  std::optional<std::string> description;
  std::vector<TemplateConfigurationRef> configurations;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTemplateSummary, (),
                      (id, name, description, configurations, created_at, updated_at))

struct SubscriptionTemplateV1 {
  std::string id;
  std::string name;
  std::optional<std::string> description;
  std::vector<TemplateConfigurationV1> configurations;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTemplateV1, (),
                      (id, name, description, configurations, created_at, updated_at))

}  // namespace tallybook::api
