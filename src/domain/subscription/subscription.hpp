// Subscriptions, their phase and their lines (subscription products). Every line has its own
// billing clock (CYC-1): the period it is in and the instant its next charge falls due.
#pragma once

#include <map>

#include "domain/catalogue/product.hpp"
#include "domain/coupon/coupon.hpp"
#include "domain/customer/customer.hpp"
#include "domain/discount/coupons.hpp"
#include "domain/subscription/duration.hpp"

namespace tallybook {

struct SubscriptionTag {
  static constexpr char const* prefix = "sub";
};
using SubscriptionId = Id<SubscriptionTag>;
struct PhaseTag {
  static constexpr char const* prefix = "sup";
};
using PhaseId = Id<PhaseTag>;
struct SubscriptionLineTag {
  static constexpr char const* prefix = "sli";
};
using SubscriptionLineId = Id<SubscriptionLineTag>;

BOOST_DEFINE_ENUM_CLASS(SubscriptionStatus, draft, pending, active, paused, cancelled, voided,
                        errored, archived)
BOOST_DEFINE_ENUM_CLASS(ActivationStrategy, start_date, manually, checkout, quote)
BOOST_DEFINE_ENUM_CLASS(CancellationStrategy, charge_prorata, charge_custom, refund_prorata,
                        refund_custom, end_of_period, do_nothing)
BOOST_DEFINE_ENUM_CLASS(RefundMethod, wallet, original_payment_method, external)
BOOST_DEFINE_ENUM_CLASS(PaymentSchedule, start, end)
BOOST_DEFINE_ENUM_CLASS(BillingCycleAlignment, anniversary, calendar_period)
BOOST_DEFINE_ENUM_CLASS(ContractActivation, start_date, manually, checkout, quote_signature,
                        immediately, manual, manual_with_latest)
BOOST_DEFINE_ENUM_CLASS(ContractEnd, duration, end_date, forever, manual)
BOOST_DEFINE_ENUM_CLASS(PhaseType, setup, trial, standard)
BOOST_DEFINE_ENUM_CLASS(PhaseStatus, pending, active, finished, cancelled, planned)
BOOST_DEFINE_ENUM_CLASS(PhaseActivation, immediately, manual, start_date, quote_signature, checkout,
                        contract_start_date, previous_phase_end, manual_with_latest)
BOOST_DEFINE_ENUM_CLASS(PhaseEnd, manual, end_date, duration, contract_end_date, forever)
BOOST_DEFINE_ENUM_CLASS(BillingDateSetting, phase_start, specific_date)
BOOST_DEFINE_ENUM_CLASS(TransitionMethod, prorata, pay_in_full, do_not_charge)
BOOST_DEFINE_ENUM_CLASS(TransitionSchedule, immediately, next_invoice)
BOOST_DEFINE_ENUM_CLASS(InvoiceSchedule, period_start, period_end)
// Which events a usage line counts (USE-9).
BOOST_DEFINE_ENUM_CLASS(MeteringIntervalType, subscription_commitment, subscription_duration,
                        payment_interval, full_database, custom)

// When a change of a running subscription is paid, and how it is priced (PRO-1).
BOOST_DEFINE_ENUM_CLASS(UpdatePayment, immediately, next_invoice, custom)
BOOST_DEFINE_ENUM_CLASS(CalculationMethod, pro_rata, pay_in_full, do_not_charge)
// When connected seats are counted again (SEA-3), and what counts: how many there are, or the most
// there were since they were counted last.
BOOST_DEFINE_ENUM_CLASS(SeatRefreshMode, manual, realtime, periodic)
BOOST_DEFINE_ENUM_CLASS(SeatCount, current, peak)

// Who collects: the customer's payment method, or somebody outside.
BOOST_DEFINE_ENUM_CLASS(PaymentStrategy, current, external)

// CON-5.
BOOST_DEFINE_ENUM_CLASS(ContractStatus, inactive, active, finished)

// Informational (CON-2): it never changes what is billed.
struct ContractTerms {
  ContractActivation activation_strategy = ContractActivation::start_date;
  ContractEnd end_strategy = ContractEnd::forever;
  std::optional<Instant> starts_at;
  std::optional<Instant> ends_at;
  std::optional<Duration> duration;
  bool renew_automatically = false;
  std::optional<Duration> renew_for_duration;
  friend bool operator==(ContractTerms const&, ContractTerms const&) = default;
};
BOOST_DESCRIBE_STRUCT(ContractTerms, (),
                      (activation_strategy, end_strategy, starts_at, ends_at, duration,
                       renew_automatically, renew_for_duration))

// What a subscription is invoiced like, and where it stands beside its billing.
struct SubscriptionTerms {
  std::optional<std::string> plan_id;
  std::optional<std::string> template_id;
  std::optional<std::string> template_configuration_id;
  std::optional<Exact> minimum_invoice_fee;  // minor units per invoice (MIN-1)
  std::optional<Instant> paused_at;
  std::optional<Instant> reactivate_at;  // planned or done end of the last pause
  // Since when it runs after a cancellation was taken back: what ran before was settled then.
  std::optional<Instant> reinstated_at;
  // How it was sold to end: holds again when a cancellation is taken back.
  std::optional<CancellationStrategy> agreed_cancellation_strategy;
  std::optional<std::int64_t> agreed_cancellation_amount;
  std::optional<RefundMethod> agreed_cancellation_refund_method;
  bool generate_document = false;  // documents instead of invoices (INV-12)
  std::optional<std::string> document_name;
  bool add_tax_to_document = true;
  bool do_not_charge_subscription = false;  // invoiced, never collected
  bool tax_only = false;                    // invoices claim the tax of what was paid elsewhere
  std::optional<InvoiceSchedule> invoice_schedule;
  std::optional<PaymentStrategy> payment_method_strategy;
  std::vector<PaymentMethodType> available_payment_method_types;
  // The version this one replaced, and the first of them (SUB-UPD-7).
  std::optional<std::string> transition_from_subscription_id;
  std::optional<std::string> base_subscription_id;
  std::optional<Instant> renewed_until;       // invoices were generated up to here (SUB-10)
  std::optional<Instant> first_term_ends_at;  // of a contract that was renewed since
  ContractStatus contract_status = ContractStatus::inactive;
  // The earliest of: its phase's end, a contract's event, a scheduled change or transition, a
  // charge with a date of its own, a count of connected seats.
  std::optional<Instant> next_event_at;
  bool has_pending_charges = false;    // some wait for the next invoice
  std::optional<Exact> estimated_arr;  // given by hand, instead of the computed ones
  std::optional<Exact> contract_value;
};
BOOST_DESCRIBE_STRUCT(SubscriptionTerms, (),
                      (plan_id, template_id, template_configuration_id, minimum_invoice_fee,
                       paused_at, reactivate_at, reinstated_at, agreed_cancellation_strategy,
                       agreed_cancellation_amount, agreed_cancellation_refund_method,
                       generate_document, document_name, add_tax_to_document,
                       do_not_charge_subscription, tax_only, invoice_schedule,
                       payment_method_strategy, available_payment_method_types,
                       transition_from_subscription_id, base_subscription_id, renewed_until,
                       first_term_ends_at, contract_status, next_event_at, has_pending_charges,
                       estimated_arr, contract_value))

// What waits for an invoice, for what is shown.
struct WaitingCharge {
  std::string id;
  std::optional<Instant> charge_at;  // none: the next invoice
  Exact amount;                      // exact minor units, negative for credits
  std::optional<SubscriptionLineId> line;
  std::optional<Date> period_start_on;
};
// What of a phase the next payment depends on.
struct KnownPhase {
  PhaseId id;
  PhaseType type = PhaseType::standard;
  std::optional<Instant> starts_at;
  bool invoiced = true;
};

// What is invoiced next.
struct NextPayment {
  Instant at;
  std::int64_t amount = 0;  // minor units without tax, less coupons, at least the minimum fee
};
// The outcome of rehearsing what is to come.
struct ForeseenPayment {
  std::optional<NextPayment> next;  // none: nothing is to come
};

struct Subscription : SubscriptionTerms {
  SubscriptionId id;
  std::optional<std::string> name;
  std::string currency;
  SubscriptionStatus status = SubscriptionStatus::pending;
  CustomerId customer_id;
  EntityId invoicing_entity_id;
  std::string timezone;  // the entity's when it was created: days and periods are cut there
  std::optional<std::string> purchase_order;
  std::optional<std::string> crm_opportunity_id;
  ContractTerms contract_terms;
  ActivationStrategy activation_strategy = ActivationStrategy::start_date;
  std::optional<Instant> starts_at;
  std::optional<Instant> initial_billing_at;
  std::optional<Instant> activated_at;
  std::optional<Instant> cancel_at;  // planned or done; the day itself still counts as used
  std::optional<CancellationStrategy> cancellation_strategy;
  std::optional<std::int64_t> cancellation_amount;  // minor units, custom strategies only
  std::optional<std::string> cancellation_reason;
  std::optional<std::string> cancellation_source;
  std::optional<RefundMethod> cancellation_refund_method;
  std::optional<Instant> ended_at;
  bool display_shipping_details = false;
  bool generate_draft_invoices = false;
  std::optional<std::string> invoice_custom_note;
  JsonText properties;
  JsonText custom_properties{"{}"};
  PhaseId current_phase_id;
  std::optional<Instant> next_due_at;  // when the billing run must look again; indexed
  Instant created_at;
  Instant updated_at;
  // Rows of their own, no column: loaded with the state of the subscription, for what is shown.
  std::vector<HeldCoupon> coupons;
  CouponStacking coupon_stacking = CouponStacking::in_order;  // that of who bills
  // What amount coupons carry to the next document beside their own amount, by attached coupon;
  // none where nothing is carried over.
  std::map<std::string, std::int64_t> carried;
  std::vector<WaitingCharge> waiting;
  std::vector<KnownPhase> known_phases;
  std::optional<ForeseenPayment> foreseen;  // where it was rehearsed
};
BOOST_DESCRIBE_STRUCT(Subscription, (SubscriptionTerms),
                      (id, name, currency, status, customer_id, invoicing_entity_id, timezone,
                       purchase_order, crm_opportunity_id, contract_terms, activation_strategy,
                       starts_at, initial_billing_at, activated_at, cancel_at,
                       cancellation_strategy, cancellation_amount, cancellation_reason,
                       cancellation_source, cancellation_refund_method, ended_at,
                       display_shipping_details, generate_draft_invoices, invoice_custom_note,
                       properties, custom_properties, current_phase_id, next_due_at, created_at,
                       updated_at))

struct SubscriptionPhase {
  PhaseId id;
  SubscriptionId subscription_id;
  std::optional<std::string> name;
  PhaseType type = PhaseType::standard;
  PhaseStatus status = PhaseStatus::pending;
  int position = 0;
  PhaseActivation activation_strategy = PhaseActivation::start_date;
  PhaseEnd end_strategy = PhaseEnd::forever;
  BillingDateSetting billing_date_setting = BillingDateSetting::phase_start;
  std::optional<Instant> initial_billing_at;
  std::optional<Instant> starts_at;
  std::optional<Instant> ends_at;
  BillingCycleAlignment billing_cycle_alignment = BillingCycleAlignment::anniversary;
  std::optional<Duration> duration;
  bool do_not_invoice_phase = false;
  // How the change from the phase before is priced and invoiced (PHA-4 to PHA-6); absent: direct.
  std::optional<TransitionMethod> transition_calculation_method;
  std::optional<TransitionSchedule> transition_invoicing_schedule;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(SubscriptionPhase, (),
                      (id, subscription_id, name, type, status, position, activation_strategy,
                       end_strategy, billing_date_setting, initial_billing_at, starts_at, ends_at,
                       billing_cycle_alignment, duration, do_not_invoice_phase,
                       transition_calculation_method, transition_invoicing_schedule, created_at,
                       updated_at))

// How the count of connected seats follows their aggregator (SEA-3, SEA-4).
struct SeatRefresh {
  SeatRefreshMode mode = SeatRefreshMode::manual;
  std::optional<Interval> interval;  // periodic
  SeatCount count = SeatCount::current;
  UpdatePayment payment_schedule = UpdatePayment::immediately;
  CalculationMethod calculation_method = CalculationMethod::pro_rata;
};
BOOST_DESCRIBE_STRUCT(SeatRefresh, (),
                      (mode, interval, count, payment_schedule, calculation_method))

// A line's terms never change once something was charged by them: a change of anything but the
// count replaces the line by another one, so every invoice line stays traceable to its terms.
// What the running period of a line is paid for, where a change that charged nothing moved its
// terms.
struct PaidTerms {
  Exact price;  // minor units of the whole period that was paid
  Date until;   // the period's end
  // The line whose terms are covered, where they are dearer than those that run.
  std::optional<std::string> line_id;
};
BOOST_DESCRIBE_STRUCT(PaidTerms, (), (price, until, line_id))

// What came back of the days of a line when its subscription was cancelled: net of coupons, exact
// minor units, and the credits that were taken with it.
struct EndRefund {
  Exact net;
  Exact credits;
  Exact units;  // of what it was paid for
};
BOOST_DESCRIBE_STRUCT(EndRefund, (), (net, credits, units))

struct SubscriptionLine {
  SubscriptionLineId id;
  SubscriptionId subscription_id;
  PhaseId phase_id;
  int position = 0;
  ProductId product_id;
  ProductType type = ProductType::flat_fee;
  std::string name;
  std::optional<std::string> description;
  bool description_display_interval_dates = false;
  Interval payment_interval;
  PaymentSchedule payment_schedule = PaymentSchedule::start;
  PriceType price_type = PriceType::fee;
  std::vector<PriceTier>
      prices;       // copied at creation: later catalogue edits do not change them (PRD-5)
  Exact count = 1;  // flat_fee and seat
  std::optional<std::string> unit_name;
  std::optional<std::string> aggregator_id;
  std::optional<Exact> min_committed_count;
  std::optional<Exact> min_amount;
  std::optional<Exact> max_amount;
  Instant attached_at;
  std::optional<Instant> detached_at;
  BillingCycleAlignment alignment = BillingCycleAlignment::anniversary;
  Date anchor_on;                       // first day of the series
  std::optional<Date> period_start_on;  // the period the line is in, [start, end)
  std::optional<Date> period_end_on;    // empty end: once
  // What is charged at its end: the moment of its first day at which a change cut it by its time.
  std::optional<Instant> period_starts_at;
  std::optional<Instant> next_charge_at;  // empty: nothing more to charge
  // Usage only. custom: windows of metering_interval from metering_interval_start_at.
  MeteringIntervalType metering_interval_type = MeteringIntervalType::payment_interval;
  std::optional<Interval> metering_interval;
  std::optional<Instant> metering_interval_start_at;
  bool bill_usage_difference = false;  // the window's price less what it was billed before (USE-11)
  // Prices by the dimensions of an event (PRD-6): the first group whose filter an event passes
  // prices it, the line's own prices the rest. group_by: each value of that property on its own.
  std::vector<PriceGroup> price_groups;
  std::optional<std::string> group_by;
  std::optional<PriceOptions> price_options;      // empty: the defaults
  std::optional<int> credits_expiration_in_days;  // credit products
  bool expire_credits_at_end_of_period = false;
  std::optional<CreditsGrantMode> credits_grant_mode;
  std::optional<Instant> replaced_at;          // another line of the product took over; never shown
  std::optional<SeatRefresh> seat_refresh;     // connected seats; empty: by hand
  std::optional<Instant> seats_refresh_at;     // when they are counted again
  std::optional<std::int64_t> seats_sequence;  // realtime: the events they were counted up to
  std::optional<std::string> seats_problem;    // realtime: why their last count was not applied
  std::optional<Date> passed_over_on;  // first day of the last cycle a pause made free (SUB-6)
  std::optional<PaidTerms> paid;       // empty: for what it says
  std::optional<EndRefund> refunded_at_end;  // until it is charged again (SUB-13)
};
BOOST_DESCRIBE_STRUCT(SubscriptionLine, (),
                      (id, subscription_id, phase_id, position, product_id, type, name, description,
                       description_display_interval_dates, payment_interval, payment_schedule,
                       price_type, prices, count, unit_name, aggregator_id, min_committed_count,
                       min_amount, max_amount, attached_at, detached_at, alignment, anchor_on,
                       period_start_on, period_end_on, period_starts_at, next_charge_at,
                       metering_interval_type, metering_interval, metering_interval_start_at,
                       bill_usage_difference, price_groups, group_by, price_options,
                       credits_expiration_in_days, expire_credits_at_end_of_period,
                       credits_grant_mode, replaced_at, seat_refresh, seats_refresh_at,
                       seats_sequence, seats_problem, passed_over_on, paid, refunded_at_end))

}  // namespace tallybook
