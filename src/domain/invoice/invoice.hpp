// Invoices and credit notes with their lines. Amounts are whole minor units of one currency; a
// credit note's amounts are positive and its type says the direction, its lines being credits.
#pragma once

#include <array>

#include "domain/discount/coupons.hpp"
#include "domain/invoice/credit_facts.hpp"
#include "domain/invoice/totals.hpp"
#include "domain/subscription/subscription.hpp"
#include "domain/tax/tax_scheme.hpp"
#include "money/money.hpp"

namespace tallybook {

struct InvoiceTag {
  static constexpr char const* prefix = "inv";
};
using InvoiceId = Id<InvoiceTag>;
struct InvoiceLineTag {
  static constexpr char const* prefix = "ili";
};
using InvoiceLineId = Id<InvoiceLineTag>;

BOOST_DEFINE_ENUM_CLASS(InvoiceType, invoice, credit_note, document)
BOOST_DEFINE_ENUM_CLASS(InvoiceStatus, draft, open, grace_period, to_pay, partially_paid, paid,
                        voided, closed, error, archived, charged_on_parent, pending_parent_concat,
                        uncollectible, missing_info, pending_approval, changes_requested,
                        pending_consolidation, consolidated)
BOOST_DEFINE_ENUM_CLASS(EntryType, debit, credit)
// What the net amount of a document is credited to; a wallet document is an advance: only its
// payment is booked.
BOOST_DEFINE_ENUM_CLASS(RevenueKind, revenue, credits, wallet)

// Copies frozen on the document when it is created.
struct InvoiceSeller {
  std::string id;
  std::string name;
  std::optional<std::string> tax_id;
  Address address;
};
BOOST_DESCRIBE_STRUCT(InvoiceSeller, (), (id, name, tax_id, address))

struct InvoiceBuyer {
  std::string id;
  std::string name;
  std::optional<std::string> email;
  std::optional<std::string> external_id;
  std::optional<std::string> tax_id;
  std::optional<std::string> local_tax_number;
  std::optional<Address> address;
  std::optional<Address> shipping_address;  // where the subscription shows it (extension)
};
BOOST_DESCRIBE_STRUCT(InvoiceBuyer, (),
                      (id, name, email, external_id, tax_id, local_tax_number, address,
                       shipping_address))

// A discount as the document shows it; the amounts of the lines hold their shares.
struct InvoiceCoupon {
  std::optional<std::string> id;
  std::optional<std::string> coupon_id;               // of the catalogue
  std::optional<std::string> subscription_coupon_id;  // it came with the subscription
  std::string name;
  std::int64_t discount_amount = 0;
  std::optional<Exact> discount_percent;
  std::optional<std::int64_t> fixed_amount;  // an amount coupon: what it may take at most
  std::vector<std::string> line_items_ids;
  std::optional<std::vector<int>> line_item_indexes;
};
BOOST_DESCRIBE_STRUCT(InvoiceCoupon, (),
                      (id, coupon_id, subscription_coupon_id, name, discount_amount,
                       discount_percent, fixed_amount, line_items_ids, line_item_indexes))

// How the discounts came about, beside what each coupon says: with it they can be computed again
// whatever the entity has chosen since. Absent on documents whose coupons apply in order and carry
// nothing. Written when the discounts are computed.
struct CouponFacts {
  CouponTarget target = CouponTarget::everything;
  // An amount that is carried over: what earlier documents left of it, or took when it is below 0.
  std::optional<std::int64_t> carried_amount;
};
BOOST_DESCRIBE_STRUCT(CouponFacts, (), (target, carried_amount))
struct DiscountFacts {
  CouponStacking stacking = CouponStacking::in_order;
  std::vector<CouponFacts> coupons;  // of each coupon of the document, in their order
};
BOOST_DESCRIBE_STRUCT(DiscountFacts, (), (stacking, coupons))

// The part of an invoice that not every document uses.
struct InvoiceDetails {
  std::optional<bool> imported;  // numbered elsewhere: outside our sequence
  std::optional<std::string> document_name;
  std::optional<std::string> additional_info;
  std::optional<JsonText> properties;
  std::optional<JsonText> custom_properties;
  std::optional<std::vector<std::string>> additional_display_fields;
  std::optional<std::vector<InvoiceCoupon>> coupons;
  std::optional<DiscountFacts> discounting;
  // Into the entity's accounting currency at the reference rate of the day of issue.
  std::optional<Exact> conversion_rate;
  std::optional<std::int64_t> converted_amount;
  std::optional<Instant> converted_at;
  std::optional<std::int64_t> deferred_amount;  // of the net: for a time to come, not revenue yet
  std::optional<std::int64_t> credits_amount;   // of the net: for credits that are not used yet
  std::optional<RefundMethod> refund_method;    // of a credit note: where what was paid goes
  std::optional<PaymentStrategy> payment_method_strategy;
  std::optional<std::string> payment_method_id;
  std::optional<PaymentMethodType> payment_method_type;
  std::optional<std::string> bank_account_id;
  int attempt_count = 0;              // payment attempts that were made
  std::optional<Instant> collect_at;  // when the next payment attempt is due
  std::optional<Instant> written_off_at;
  std::optional<Instant> due_override_at;      // a due date given with the draft
  std::optional<InvoiceId> parent_invoice_id;  // what it was charged on (organisation billing)
  std::optional<int> amendments;               // edits of an issued document that the ledger notes
  std::optional<Instant> reverted_at;          // a wallet load taken back, or given up unpaid
};
BOOST_DESCRIBE_STRUCT(InvoiceDetails, (),
                      (imported, document_name, additional_info, properties, custom_properties,
                       additional_display_fields, coupons, discounting, conversion_rate,
                       converted_amount, converted_at, deferred_amount, credits_amount,
                       refund_method, payment_method_strategy, payment_method_id,
                       payment_method_type, bank_account_id, attempt_count, collect_at,
                       written_off_at, due_override_at, parent_invoice_id, amendments, reverted_at))

struct Invoice : InvoiceDetails {
  InvoiceId id;
  InvoiceType type = InvoiceType::invoice;
  InvoiceStatus status = InvoiceStatus::draft;
  std::optional<std::string> number;
  std::optional<std::int64_t>
      sequence_number;                   // the {number} of the pattern; gapless per entity and type
  std::optional<std::string> reference;  // payment reference, 10 upper-case letters and digits
  std::optional<std::string> purchase_order;
  std::optional<InvoiceId> original_invoice_id;
  std::optional<std::string> original_invoice_number;
  CustomerId customer_id;
  EntityId invoicing_entity_id;
  std::optional<SubscriptionId> subscription_id;
  std::string currency;
  std::string timezone;
  std::int64_t amount_excluding_tax = 0;
  std::int64_t discount_amount = 0;
  std::int64_t tax_amount = 0;
  std::int64_t total_amount = 0;
  std::int64_t amount_paid = 0;
  // Covered by credit notes (an invoice), or set off against the invoice it credits (a credit
  // note): amount_due = total - paid - credited.
  std::int64_t amount_credited = 0;
  std::int64_t amount_due = 0;
  std::int64_t amount_fixed = 0;  // recurring and not usage, without tax
  TaxScheme tax_scheme = TaxScheme::manual;
  std::optional<TaxScheme> tax_scheme_custom;  // given with the document: wins over what is decided
  std::optional<TaxMention> tax_mention;       // legal words the document carries
  std::optional<std::string> custom_note;
  std::optional<std::string> footer;
  std::optional<std::string> late_fees;
  InvoiceSeller seller;
  InvoiceBuyer customer;
  std::optional<Instant> period_starts_at;
  std::optional<Instant> period_ends_at;  // half open
  std::optional<Instant> grace_period_ends_at;
  std::optional<Instant> grace_period_ended_at;
  std::optional<Instant> issued_at;
  std::optional<Instant> due_at;
  std::optional<Instant> settled_at;
  std::optional<Instant> refunded_at;
  RevenueKind revenue_kind = RevenueKind::revenue;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(Invoice, (InvoiceDetails),
                      (id, type, status, number, sequence_number, reference, purchase_order,
                       original_invoice_id, original_invoice_number, customer_id,
                       invoicing_entity_id, subscription_id, currency, timezone,
                       amount_excluding_tax, discount_amount, tax_amount, total_amount, amount_paid,
                       amount_credited, amount_due, amount_fixed, tax_scheme, tax_scheme_custom,
                       tax_mention, custom_note, footer, late_fees, seller, customer,
                       period_starts_at, period_ends_at, grace_period_ends_at,
                       grace_period_ended_at, issued_at, due_at, settled_at, refunded_at,
                       revenue_kind, created_at, updated_at))

// What a computed line is a charge of.
BOOST_DEFINE_ENUM_CLASS(ChargeKind, period, change, change_credit, transition, transition_credit,
                        cancellation, late_usage, minimum_fee, overage)
// Which time proration counts (PRO-2, update precision).
BOOST_DEFINE_ENUM_CLASS(ProrationBasis, calendar_days, milliseconds)

// What came back when a subscription was cancelled, and the share of its days that is charged
// again.
struct ChargedAgain {
  Exact net;  // exact minor units after coupons
  Exact share = 1;
};
BOOST_DESCRIBE_STRUCT(ChargedAgain, (), (net, share))

// How a computed line came to its exact amount, beside what the line itself says: with the terms of
// its subscription line this is all an explanation needs. Written when the line is computed.
struct ChargeFacts {
  ChargeKind kind = ChargeKind::period;
  Exact fraction = 1;                     // of the cycle
  std::optional<Exact> credits_fraction;  // of its credits, where that is another share
  std::optional<Date> cycle_start_on;     // [start, end): the denominator
  std::optional<Date> cycle_end_on;
  ProrationBasis basis = ProrationBasis::calendar_days;
  std::optional<std::string> replaced_line_id;  // change: whose price is taken off
  std::optional<Instant> usage_from;            // [from, to) of the events that were counted
  std::optional<Instant> usage_to;
  std::optional<std::int64_t> usage_events;  // how many of them
  std::optional<Exact> billed_before;    // minor units of the same window on earlier lines (USE-11)
  std::optional<Exact> quantity_before;  // late usage: what was billed for the period before
  std::optional<std::string> group;      // the price group or group key the events belong to
  // Late usage that gives back what a coupon had lowered: before the coupon, and the part of it
  // that was paid.
  std::optional<Exact> gross_amount;
  std::optional<Exact> paid_share;
  std::optional<Exact> minimum_fee;  // minimum fee: that of a whole cycle, minor units
  // An earlier document was brought to the minimum for the period that begins on the day.
  std::optional<bool> minimum_before;
  // The rest of a period whose first part was charged before: amounts of coupons were taken there.
  std::optional<bool> amounts_before;
  std::optional<CreditFacts> credit;  // lines that credit another
  std::optional<ChargedAgain> charged_again;
};
BOOST_DESCRIBE_STRUCT(ChargeFacts, (),
                      (kind, fraction, cycle_start_on, cycle_end_on, basis, replaced_line_id,
                       usage_from, usage_to, usage_events, billed_before, quantity_before, group,
                       minimum_fee, minimum_before, gross_amount, paid_share, credit,
                       credits_fraction, charged_again, amounts_before))

struct InvoiceLine {
  InvoiceLineId id;
  InvoiceId invoice_id;
  int position = 0;
  std::string name;
  std::optional<std::string> description;
  EntryType entry_type = EntryType::debit;
  std::optional<ProductId> product_id;
  std::optional<ProductType> product_type;
  std::optional<SubscriptionLineId> subscription_line_id;
  std::optional<Date> period_start_on;  // local days [start, end) this line pays for
  std::optional<Date> period_end_on;
  std::optional<Instant> period_starts_at;
  std::optional<Instant> period_ends_at;  // half open
  Exact units_count = 1;
  Exact unit_amount;  // minor units per unit, before rounding; an average where tiers differ
  bool display_unit_amount = true;
  Exact exact_amount;  // minor units before the line's one rounding
  std::int64_t discount_amount = 0;
  std::int64_t amount_excluding_tax = 0;
  Exact tax_rate;                           // percent
  std::optional<TaxCategory> tax_category;  // empty on lines from before categories were kept
  std::optional<std::string> tax_rate_id;   // the custom rate it was taxed with
  std::optional<TaxReason> tax_reason;      // which rule decided; empty: not decided
  std::int64_t tax_amount = 0;
  std::int64_t amount = 0;                     // with tax
  std::optional<Exact> usage_quantity;         // what the aggregator said
  std::optional<std::int64_t> usage_sequence;  // ingestion sequence it was computed at
  std::optional<InvoiceLineId> original_line_item_id;
  std::optional<Interval> revenue_interval;
  std::optional<Exact> discount_percent;
  std::optional<Exact> tax_rate_custom;  // given with the line: wins over every other rate
  std::optional<bool> hide_service_period;
  std::optional<InvoiceId> child_invoice_id;  // the document this line stands for (organisations)
  std::optional<ChargeFacts> charge;          // computed lines
  std::optional<std::vector<BundleItem>> bundle_items;  // of a bundle: what its net is split over
};
BOOST_DESCRIBE_STRUCT(InvoiceLine, (),
                      (id, invoice_id, position, name, description, entry_type, product_id,
                       product_type, subscription_line_id, period_start_on, period_end_on,
                       period_starts_at, period_ends_at, units_count, unit_amount,
                       display_unit_amount, exact_amount, discount_amount, amount_excluding_tax,
                       tax_rate, tax_category, tax_rate_id, tax_reason, tax_amount, amount,
                       usage_quantity, usage_sequence, original_line_item_id, revenue_interval,
                       discount_percent, tax_rate_custom, hide_service_period, child_invoice_id,
                       charge, bundle_items))

// A document together with its lines, as rules and renderers need it.
struct InvoiceWithLines {
  Invoice invoice;
  std::vector<InvoiceLine> lines;
};

// One row of the tax recap: base and tax of all lines with that rate.
struct TaxRecap {
  Exact rate;  // percent
  std::int64_t base = 0;
  std::int64_t tax = 0;
};

// Rounds every line once, computes the tax (per rate over the whole document unless asked
// otherwise) and gives it to the lines by largest remainder (TAX-7, EN 16931 BR-CO-17), then the
// totals. Lines keep their exact_amount; amounts of a credit note are positive.
void compute_totals(Invoice& invoice, std::vector<InvoiceLine>& lines,
                    TaxRounding rounding = TaxRounding::per_rate);
// The totals of lines whose net and tax are given already: a credit note mirrors the tax of what it
// credits.
void sum_totals(Invoice& invoice, std::vector<InvoiceLine> const& lines);
// An invoice or document whose total is negative (usage that was given back) is issued as a credit
// note: the same lines with the other sign (policies: negative usage).
void negative_becomes_credit_note(Invoice& invoice, std::vector<InvoiceLine>& lines);
[[nodiscard]] std::vector<TaxRecap> tax_recap(std::vector<InvoiceLine> const& lines);

// The status that payments and credit notes give an issued document (INV-2). Nothing owed: paid, or
// voided when credit notes alone covered it or the wallet load
// it brought was taken back. A total of 0 is paid at once (INV-16). An invoice
// written off, or in error after its last attempt, stays so until nothing is owed.
[[nodiscard]] InvoiceStatus settled_status(Invoice const& invoice);
// Recomputes amount_due and the status; `at` becomes settled_at when nothing is owed any more.
void update_settlement(Invoice& invoice, Instant at);

// Columns of an issued document that follow its settlement and are proved by it; everything else is
// frozen and part of the facts its ledger entry covers.
inline constexpr std::array invoice_settlement_columns = {std::string_view("status"),
                                                          std::string_view("amount_paid"),
                                                          std::string_view("amount_credited"),
                                                          std::string_view("amount_due"),
                                                          std::string_view("settled_at"),
                                                          std::string_view("refunded_at"),
                                                          std::string_view("updated_at"),
                                                          std::string_view("attempt_count"),
                                                          std::string_view("collect_at"),
                                                          std::string_view("written_off_at"),
                                                          std::string_view("amendments"),
                                                          std::string_view("reverted_at"),
                                                          std::string_view("payment_method_id"),
                                                          std::string_view("payment_method_type")};

}  // namespace tallybook
