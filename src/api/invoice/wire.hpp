// Invoices, their lines and transactions on the wire.
#pragma once

#include "api/customer/wire.hpp"
#include "domain/payment/payment_method.hpp"

namespace tallybook::api {

BOOST_DEFINE_ENUM_CLASS(InvoiceTypeWire, invoice, credit_note, document, child_invoice_ref,
                        child_creditnote_ref)
BOOST_DEFINE_ENUM_CLASS(InvoiceSource, hyperline)
struct InvoiceCustomerV1 {
  std::string id;
  std::string name;
  std::optional<std::string> email;
  std::optional<std::string> external_id;
  std::optional<std::string> vat_number;
  std::optional<std::string> tax_id;
  std::optional<std::string> local_tax_number;
  std::optional<Address> address;
  std::optional<Address> shipping_address;  // where its subscription shows it (extension)
};
BOOST_DESCRIBE_STRUCT(InvoiceCustomerV1, (),
                      (id, name, email, external_id, vat_number, tax_id, local_tax_number, address,
                       shipping_address))

// Extension: what a bundle's net amount is split over, each part for its own revenue account.
struct InvoiceBundleItem {
  std::string product_id;
  Exact percentage;
  std::int64_t amount_excluding_tax = 0;
};
BOOST_DESCRIBE_STRUCT(InvoiceBundleItem, (), (product_id, percentage, amount_excluding_tax))

struct InvoiceLineItemShared {
  std::string id;
  std::string name;
  std::optional<std::string> description;
  EntryType entry_type{};
  std::optional<std::string> product_id;
  std::optional<ProductType> product_type;
  Exact units_count;
  Exact unit_amount;
  std::int64_t amount = 0;
  std::int64_t amount_excluding_tax = 0;
  Exact tax_rate;
  std::optional<std::string> tax_rate_id;
  std::optional<TaxCategory> tax_category;  // extension: EN 16931 category
  std::optional<TaxReason> tax_reason;      // extension: which rule decided
  std::int64_t tax_amount = 0;
  std::int64_t discount_amount = 0;
  std::optional<Exact> discount_percent;
  bool display_unit_amount = true;
  bool display_service_period = true;
  std::optional<std::string> original_line_item_id;
  std::optional<std::vector<InvoiceBundleItem>> bundle_items;
};
BOOST_DESCRIBE_STRUCT(InvoiceLineItemShared, (),
                      (id, name, description, entry_type, product_id, product_type, units_count,
                       unit_amount, amount, amount_excluding_tax, tax_rate, tax_rate_id,
                       tax_category, tax_reason, tax_amount, discount_amount, discount_percent,
                       display_unit_amount, display_service_period, original_line_item_id,
                       bundle_items))

struct InvoiceLineItem : InvoiceLineItemShared {
  std::optional<Instant> period_starts_at;
  std::optional<Instant> period_ends_at;
  std::optional<std::string> revenue_type;
  std::optional<int> revenue_interval_count;
  std::optional<WirePeriod> revenue_interval_period;
};
BOOST_DESCRIBE_STRUCT(InvoiceLineItem, (InvoiceLineItemShared),
                      (period_starts_at, period_ends_at, revenue_type, revenue_interval_count,
                       revenue_interval_period))

struct InvoiceLineItemV1 : InvoiceLineItemShared {
  std::optional<Instant> period_start;
  std::optional<Instant> period_end;
};
BOOST_DESCRIBE_STRUCT(InvoiceLineItemV1, (InvoiceLineItemShared), (period_start, period_end))

struct InvoiceCoupon {
  std::optional<std::string> id;
  std::string name;
  std::int64_t discount_amount = 0;
  std::optional<Exact> discount_percent;
  std::vector<std::string> line_items_ids;
};
BOOST_DESCRIBE_STRUCT(InvoiceCoupon, (),
                      (id, name, discount_amount, discount_percent, line_items_ids))

struct TransactionAllocation {
  std::string invoice_id;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(TransactionAllocation, (), (invoice_id, amount))

struct TransactionV1 {
  std::string id;
  TransactionType type{};
  std::int64_t amount = 0;
  std::string currency;
  std::string customer_id;
  std::optional<std::string> provider_id;
  Instant process_at;
  std::optional<Instant> settled_at;
  std::optional<Instant> refunded_at;
  std::optional<Instant> last_refreshed_at;
  std::optional<Exact> provider_fee;
  std::vector<IntegrationRef> integrations;
  std::vector<TransactionAllocation> allocations;
  std::optional<TransactionMethod> payment_method_type;
  JsonText payment_method;
  JsonText chargeback;
  TransactionStatus status{};
  std::optional<std::string> wallet_id;
  std::optional<Exact> credits_units;
  std::optional<PaymentErrorType> error_type;
  std::optional<std::string> error_message;
};
BOOST_DESCRIBE_STRUCT(TransactionV1, (),
                      (id, type, amount, currency, customer_id, provider_id, process_at, settled_at,
                       refunded_at, last_refreshed_at, provider_fee, integrations, allocations,
                       payment_method_type, payment_method, chargeback, status, wallet_id,
                       credits_units, error_type, error_message))

// One row of the recap per category and rate (EN 16931 BG-23); an extension.
struct TaxRecapRow {
  TaxCategory category{};
  Exact rate;
  std::int64_t base_amount = 0;
  std::int64_t tax_amount = 0;
  std::optional<std::string> exemption_reason_code;
  std::optional<std::string> exemption_reason;
};
BOOST_DESCRIBE_STRUCT(TaxRecapRow, (),
                      (category, rate, base_amount, tax_amount, exemption_reason_code,
                       exemption_reason))

struct InvoiceShared {
  std::string id;
  std::optional<std::string> number;
  InvoiceTypeWire type{};
  std::optional<std::string> document_name;
  InvoiceStatus status{};
  std::optional<std::string> reference;
  std::optional<std::string> purchase_order;
  std::optional<std::string> original_invoice_id;
  std::optional<std::string> original_invoice_number;
  std::string currency;
  InvoiceSource source = InvoiceSource::hyperline;
  std::int64_t total_amount = 0;
  std::int64_t amount_due = 0;
  std::int64_t amount_paid = 0;
  std::int64_t amount_fixed = 0;
  std::int64_t amount_excluding_tax = 0;
  std::int64_t tax_amount = 0;
  std::int64_t discount_amount = 0;
  TaxScheme tax_scheme{};
  std::optional<TaxMention> tax_mention;  // extension: the legal words, by key
  std::vector<TaxRecapRow> tax_recap;     // extension
  std::optional<Exact> conversion_rate;
  std::optional<std::int64_t> converted_amount;
  std::optional<Instant> converted_at;
  std::optional<std::string> payment_method_id;
  std::optional<std::string> bank_account_id;
  std::optional<std::string> custom_note;
  std::optional<std::string> additional_info;
  std::optional<std::string> footer;
  InvoiceSeller seller;
  std::optional<std::string> subscription_id;
  std::optional<Instant> period_starts_at;
  std::optional<Instant> period_ends_at;
  std::optional<Instant> due_at;
  std::optional<Instant> refunded_at;
  std::optional<Instant> grace_period_ended_at;
  std::optional<Instant> settled_at;
  std::optional<Instant> updated_at;
  JsonText properties;
  std::vector<TransactionV1> transactions;
  std::vector<InvoiceCoupon> coupons;
};
BOOST_DESCRIBE_STRUCT(InvoiceShared, (),
                      (id, number, type, document_name, status, reference, purchase_order,
                       original_invoice_id, original_invoice_number, currency, source, total_amount,
                       amount_due, amount_paid, amount_fixed, amount_excluding_tax, tax_amount,
                       discount_amount, tax_scheme, tax_mention, tax_recap, conversion_rate,
                       converted_amount, converted_at, payment_method_id, bank_account_id,
                       custom_note, additional_info, footer, seller, subscription_id,
                       period_starts_at, period_ends_at, due_at, refunded_at, grace_period_ended_at,
                       settled_at, updated_at, properties, transactions, coupons))

struct InvoiceV2 : InvoiceShared {
  InvoiceBuyer customer;
  std::vector<InvoiceLineItem> line_items;
  std::optional<Instant> issued_at;
  std::map<std::string, Value> custom_properties;
  std::optional<std::vector<std::string>> additional_display_fields;
  std::optional<std::string> public_url;
};
BOOST_DESCRIBE_STRUCT(InvoiceV2, (InvoiceShared),
                      (customer, line_items, issued_at, custom_properties,
                       additional_display_fields, public_url))

struct InvoiceV1 : InvoiceShared {
  InvoiceCustomerV1 customer;
  std::vector<InvoiceLineItemV1> line_items;
  std::optional<Instant> emitted_at;
  std::optional<Exact> tax_rate;
};
BOOST_DESCRIBE_STRUCT(InvoiceV1, (InvoiceShared), (customer, line_items, emitted_at, tax_rate))

BOOST_DEFINE_ENUM_CLASS(PaymentMethodInput, card, transfer, direct_debit, direct_debit_ach,
                        direct_debit_bacs, direct_debit_sepa, external, wallet)

struct TransactionCreate {
  std::int64_t amount = 0;
  Instant process_at;
  std::optional<std::string> payment_method_id;
  std::optional<PaymentMethodInput> payment_method_type;
  std::optional<std::string> bank_account_id;
  std::optional<std::string> provider_name;
  std::optional<std::string> provider_id;
  std::optional<std::string> provider_transaction_id;
};
BOOST_DESCRIBE_STRUCT(TransactionCreate, (),
                      (amount, process_at, payment_method_id, payment_method_type, bank_account_id,
                       provider_name, provider_id, provider_transaction_id))

}  // namespace tallybook::api
