// Changes of a running subscription: incremental updates (SUB-UPD-8), charges that wait for an
// invoice, versions that replace each other (SUB-UPD-7), templates.
#pragma once

#include "domain/invoice/invoice.hpp"

namespace tallybook {

struct SubscriptionUpdateTag {
  static constexpr char const* prefix = "supd";
};
using SubscriptionUpdateId = Id<SubscriptionUpdateTag>;
struct PendingChargeTag {
  static constexpr char const* prefix = "pch";
};
using PendingChargeId = Id<PendingChargeTag>;
struct TransitionTag {
  static constexpr char const* prefix = "subtr";
};
using TransitionId = Id<TransitionTag>;
struct TemplateTag {
  static constexpr char const* prefix = "subt";
};
using TemplateId = Id<TemplateTag>;
struct TemplateConfigurationTag {
  static constexpr char const* prefix = "subtc";
};
using TemplateConfigurationId = Id<TemplateConfigurationTag>;

BOOST_DEFINE_ENUM_CLASS(UpdateType, add_product, remove_product, add_coupon, remove_coupon,
                        update_count, update_prices)
// failed: it could not be applied when its day came.
BOOST_DEFINE_ENUM_CLASS(UpdateStatus, scheduled, applied, cancelled, failed)
BOOST_DEFINE_ENUM_CLASS(ApplicationSchedule, immediately, scheduled)

// How a change is applied and paid for.
struct UpdateTerms {
  ApplicationSchedule application_schedule = ApplicationSchedule::immediately;
  std::optional<Instant> apply_at;
  UpdatePayment payment_schedule = UpdatePayment::immediately;
  std::optional<Instant> charge_at;
  CalculationMethod calculation_method = CalculationMethod::pro_rata;
  std::optional<RefundMethod> refund_method;
  ProrationBasis precision = ProrationBasis::calendar_days;
};
BOOST_DESCRIBE_STRUCT(UpdateTerms, (),
                      (application_schedule, apply_at, payment_schedule, charge_at,
                       calculation_method, refund_method, precision))

struct SubscriptionUpdate : UpdateTerms {
  SubscriptionUpdateId id;
  SubscriptionId subscription_id;
  std::string batch_id;  // updates of one request are applied together
  int position = 0;
  UpdateType type = UpdateType::update_count;
  UpdateStatus status = UpdateStatus::scheduled;
  std::optional<std::string> status_reason;  // of what failed or was cancelled
  std::string product_id;
  JsonText payload{"{}"};  // of what is not applied yet: the change as it was read
  std::optional<Exact> previous_count;
  std::optional<Exact> new_count;
  std::optional<std::int64_t> adjustment_amount;  // minor units without tax; negative: credited
  std::optional<Instant> next_refresh_date;
  std::optional<Instant> applied_at;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionUpdate, (UpdateTerms),
                      (id, subscription_id, batch_id, position, type, status, status_reason,
                       product_id, payload, previous_count, new_count, adjustment_amount,
                       next_refresh_date, applied_at, created_at))

// A computed line that waits: for the subscription's next invoice, or for a date of its own.
struct PendingCharge {
  PendingChargeId id;
  SubscriptionId subscription_id;
  std::optional<Instant> charge_at;  // empty: the next invoice
  InvoiceLine line;
  std::optional<RefundMethod> refund_method;
  Instant created_at;
  std::int64_t position = 0;  // within the subscription: those of one moment come in their order
};
BOOST_DESCRIBE_STRUCT(PendingCharge, (),
                      (id, subscription_id, charge_at, line, refund_method, created_at, position))

BOOST_DEFINE_ENUM_CLASS(TransitionStatus, draft, scheduled, completed, failed, cancelled,
                        pending_quote_signature)
BOOST_DEFINE_ENUM_CLASS(TransitionApplication, immediately, scheduled, last_renewal, next_renewal,
                        quote_signature, scheduled_after_quote_signature)
BOOST_DEFINE_ENUM_CLASS(CycleTransition, keep_current_billing_cycle, align_to_new_billing_cycle)
BOOST_DEFINE_ENUM_CLASS(TransitionCalculation, pro_rata, do_not_charge, pro_rata_separate_documents)

// One version of a subscription replaces another.
struct SubscriptionTransition {
  TransitionId id;
  CustomerId customer_id;
  std::string base_subscription_id;  // the first version
  SubscriptionId source_subscription_id;
  std::optional<SubscriptionId> target_subscription_id;
  TransitionStatus status = TransitionStatus::scheduled;
  std::optional<std::string> name;
  std::optional<Instant> transition_date;
  std::optional<Instant> transitioned_at;
  TransitionApplication application_schedule = TransitionApplication::immediately;
  CycleTransition billing_cycle_transition_method = CycleTransition::keep_current_billing_cycle;
  TransitionCalculation calculation_method = TransitionCalculation::pro_rata;
  std::optional<RefundMethod> refund_method;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTransition, (),
                      (id, customer_id, base_subscription_id, source_subscription_id,
                       target_subscription_id, status, name, transition_date, transitioned_at,
                       application_schedule, billing_cycle_transition_method, calculation_method,
                       refund_method, created_at, updated_at))

struct SubscriptionTemplate {
  TemplateId id;
  std::string name;
  std::optional<std::string> description;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTemplate, (), (id, name, description, created_at, updated_at))

// What a template sells for a currency and country; the body as it was written (PRD-9).
struct TemplateConfiguration {
  TemplateConfigurationId id;
  TemplateId template_id;
  std::string currency;
  std::optional<std::string> country;  // empty: every country
  JsonText body;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(TemplateConfiguration, (),
                      (id, template_id, currency, country, body, created_at, updated_at))

}  // namespace tallybook
