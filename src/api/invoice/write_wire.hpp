// Bodies of requests that make or change invoices.
#pragma once

#include "api/invoice/wire.hpp"
#include "reflect/patch.hpp"

namespace tallybook::api {

BOOST_DEFINE_ENUM_CLASS(CreditNoteStatus, to_pay, draft)

struct InvoiceLineItemInput {
  std::optional<std::string> product_id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<Exact> units_count;
  std::optional<Exact> unit_amount;
  std::optional<Exact> tax_rate;
  std::optional<Instant> period_start;
  std::optional<Instant> period_end;
  std::optional<bool> display_unit_amount;
  std::optional<bool> display_service_period;
};
BOOST_DESCRIBE_STRUCT(InvoiceLineItemInput, (),
                      (product_id, name, description, units_count, unit_amount, tax_rate,
                       period_start, period_end, display_unit_amount, display_service_period))

struct InvoiceCouponInput {
  std::optional<std::string> coupon_id;
  std::optional<std::string> name;
  std::optional<std::int64_t> discount_amount;
  std::optional<Exact> discount_percent;
  std::optional<std::vector<int>> line_item_indexes;
};
BOOST_DESCRIBE_STRUCT(InvoiceCouponInput, (),
                      (coupon_id, name, discount_amount, discount_percent, line_item_indexes))

struct InvoiceTransactionInput {
  std::int64_t amount = 0;
  Instant process_at;
  std::optional<std::string> payment_method_id;
};
BOOST_DESCRIBE_STRUCT(InvoiceTransactionInput, (), (amount, process_at, payment_method_id))

struct InvoiceCreate {
  std::string customer_id;
  std::vector<InvoiceLineItemInput> line_items;
  std::optional<std::string> currency;
  std::optional<InvoiceStatus> status;
  std::optional<InvoiceType> type;
  std::optional<std::string> document_name;
  std::optional<std::string> number;
  std::optional<std::string> invoicing_entity_id;
  std::optional<std::string> subscription_id;
  std::optional<std::string> reference;
  std::optional<std::string> purchase_order;
  std::optional<std::string> custom_note;
  std::optional<std::string> additional_info;
  std::optional<std::string> footer;
  std::optional<Exact> tax_rate;
  std::optional<std::string> tax_scheme;
  std::optional<PaymentStrategy> payment_method_strategy;
  std::optional<std::string> payment_method_id;
  std::optional<std::string> bank_account_id;
  std::optional<Instant> emitted_at;
  std::optional<Instant> due_at;
  std::optional<Instant> settled_at;
  std::optional<JsonText> properties;
  std::optional<std::map<std::string, Value>> custom_properties;
  std::optional<std::vector<InvoiceTransactionInput>> transactions;
  std::optional<std::vector<InvoiceCouponInput>> coupons;
  std::optional<std::vector<std::string>> additional_display_fields;
};
BOOST_DESCRIBE_STRUCT(InvoiceCreate, (),
                      (customer_id, line_items, currency, status, type, document_name, number,
                       invoicing_entity_id, subscription_id, reference, purchase_order, custom_note,
                       additional_info, footer, tax_rate, tax_scheme, payment_method_strategy,
                       payment_method_id, bank_account_id, emitted_at, due_at, settled_at,
                       properties, custom_properties, transactions, coupons,
                       additional_display_fields))

struct InvoiceBatchItem : InvoiceCreate {
  std::optional<std::string> batch_invoice_id;
};
BOOST_DESCRIBE_STRUCT(InvoiceBatchItem, (InvoiceCreate), (batch_invoice_id))

struct InvoiceBatchFailure {
  std::optional<std::string> batch_invoice_id;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(InvoiceBatchFailure, (), (batch_invoice_id, message))

struct InvoiceBatchResult {
  std::vector<InvoiceV1> successes;
  std::vector<InvoiceBatchFailure> failures;
};
BOOST_DESCRIBE_STRUCT(InvoiceBatchResult, (), (successes, failures))

struct InvoiceBatchV2 {
  std::vector<InvoiceBatchItem> invoices;
  std::optional<std::string> batch_id;
};
BOOST_DESCRIBE_STRUCT(InvoiceBatchV2, (), (invoices, batch_id))

struct InvoiceBatchAccepted {
  std::string batch_id;
};
BOOST_DESCRIBE_STRUCT(InvoiceBatchAccepted, (), (batch_id))

struct InvoicePartyUpdate {
  Patch<std::string> name;
  Patch<std::string> email;
  Patch<std::string> tax_id;
  std::optional<Address> address;
};
BOOST_DESCRIBE_STRUCT(InvoicePartyUpdate, (), (name, email, tax_id, address))

struct InvoiceUpdate {
  std::optional<InvoiceType> type;
  Patch<std::string> document_name;
  Patch<std::string> reference;
  Patch<std::string> purchase_order;
  Patch<std::string> custom_note;
  Patch<std::string> additional_info;
  Patch<std::string> footer;
  std::optional<std::string> tax_scheme;
  std::optional<std::vector<InvoiceLineItemInput>> line_items;
  std::optional<std::vector<InvoiceCouponInput>> coupons;
  std::optional<PaymentMethodType> payment_method_type;
  Patch<std::string> payment_method_id;
  Patch<std::string> bank_account_id;
  Patch<JsonText> properties;
  std::optional<InvoicePartyUpdate> customer;
  Patch<std::string> subscription_id;
  std::optional<std::map<std::string, Value>> custom_properties;
  std::optional<std::vector<std::string>> additional_display_fields;
  Patch<Instant> due_at;
};
BOOST_DESCRIBE_STRUCT(InvoiceUpdate, (),
                      (type, document_name, reference, purchase_order, custom_note, additional_info,
                       footer, tax_scheme, line_items, coupons, payment_method_type,
                       payment_method_id, bank_account_id, properties, customer, subscription_id,
                       custom_properties, additional_display_fields, due_at))

struct CreditNoteLine {
  std::string line_item_id;
  std::optional<std::int64_t> amount_excluding_tax;
};
BOOST_DESCRIBE_STRUCT(CreditNoteLine, (), (line_item_id, amount_excluding_tax))

// line_items and custom_note are ours; reason is what one client sends.
struct CreditNoteCreate {
  std::optional<std::int64_t> amount_including_tax;
  std::optional<CreditNoteStatus> status;
  std::optional<bool> trigger_refund;
  std::optional<RefundMethod> refund_method;
  std::optional<std::string> reason;
  std::optional<std::vector<CreditNoteLine>> line_items;
  std::optional<std::string> custom_note;
};
BOOST_DESCRIBE_STRUCT(CreditNoteCreate, (),
                      (amount_including_tax, status, trigger_refund, refund_method, reason,
                       line_items, custom_note))

struct InvoiceVoid {
  std::optional<bool> send_email;
};
BOOST_DESCRIBE_STRUCT(InvoiceVoid, (), (send_email))

}  // namespace tallybook::api
