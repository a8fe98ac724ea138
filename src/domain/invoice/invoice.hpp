// Invoices and credit notes with their lines. Amounts are whole minor units of one currency; a
// credit note's amounts are positive and its type says the direction, its lines being credits.
#pragma once

#include "domain/subscription/subscription.hpp"
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
BOOST_DEFINE_ENUM_CLASS(TaxScheme, standard, exempt, reverse_charge, manual, not_eligible)
BOOST_DEFINE_ENUM_CLASS(EntryType, debit, credit)
BOOST_DEFINE_ENUM_CLASS(RevenueKind, revenue, credits)

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
};
BOOST_DESCRIBE_STRUCT(InvoiceBuyer, (),
                      (id, name, email, external_id, tax_id, local_tax_number, address))

struct Invoice {
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
  std::int64_t amount_due = 0;
  std::int64_t amount_fixed = 0;  // recurring and not usage, without tax
  TaxScheme tax_scheme = TaxScheme::manual;
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
  RevenueKind revenue_kind = RevenueKind::revenue;  // what the net amount is credited to
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(Invoice, (),
                      (id, type, status, number, sequence_number, reference, purchase_order,
                       original_invoice_id, original_invoice_number, customer_id,
                       invoicing_entity_id, subscription_id, currency, timezone,
                       amount_excluding_tax, discount_amount, tax_amount, total_amount, amount_paid,
                       amount_due, amount_fixed, tax_scheme, custom_note, footer, late_fees, seller,
                       customer, period_starts_at, period_ends_at, grace_period_ends_at,
                       grace_period_ended_at, issued_at, due_at, settled_at, refunded_at,
                       revenue_kind, created_at, updated_at))

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
  Exact tax_rate;  // percent
  std::int64_t tax_amount = 0;
  std::int64_t amount = 0;                     // with tax
  std::optional<Exact> usage_quantity;         // what the aggregator said
  std::optional<std::int64_t> usage_sequence;  // ingestion sequence it was computed at
  std::optional<InvoiceLineId> original_line_item_id;
  std::optional<Interval> revenue_interval;
};
BOOST_DESCRIBE_STRUCT(InvoiceLine, (),
                      (id, invoice_id, position, name, description, entry_type, product_id,
                       product_type, subscription_line_id, period_start_on, period_end_on,
                       period_starts_at, period_ends_at, units_count, unit_amount,
                       display_unit_amount, exact_amount, discount_amount, amount_excluding_tax,
                       tax_rate, tax_amount, amount, usage_quantity, usage_sequence,
                       original_line_item_id, revenue_interval))

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

// Rounds every line once, computes the tax per rate over the whole document and gives it to the
// lines by largest remainder (TAX-7, EN 16931 BR-CO-17), then the totals. Lines keep their
// exact_amount; amounts of a credit note are positive.
void compute_totals(Invoice& invoice, std::vector<InvoiceLine>& lines);
// An invoice whose total is negative (usage that was given back) is issued as a credit note: the
// same lines with the other sign (policies: negative usage). Other documents stay as they are.
void negative_becomes_credit_note(Invoice& invoice, std::vector<InvoiceLine>& lines);
[[nodiscard]] std::vector<TaxRecap> tax_recap(std::vector<InvoiceLine> const& lines);

// Which status a document has after `paid` of its total: to_pay, partially_paid or paid. A total
// of 0 is paid at once (INV-16).
[[nodiscard]] InvoiceStatus status_after_payment(Invoice const& invoice, std::int64_t paid);

}  // namespace tallybook
