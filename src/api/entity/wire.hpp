// Invoicing entities on the wire.
#pragma once

#include "domain/entity/invoicing_entity.hpp"
#include "reflect/patch.hpp"

namespace tallybook::api {

struct InvoicingEntityV1 {
  std::string id;
  std::string name;
  std::optional<std::string> trade_name;
  bool is_default = false;
  std::string timezone;
  Language language{};
  std::string currency;
  std::string accounting_currency;
  std::optional<std::string> address_line1;
  std::optional<std::string> address_line2;
  std::optional<std::string> zip_code;
  std::optional<std::string> city;
  std::optional<std::string> state;
  std::string country;
  std::optional<std::string> registration_number;
  std::optional<std::string> tax_id;
  std::optional<bool> tax_id_valid;
  std::optional<std::string> billing_email;
  std::string invoice_number_pattern;
  std::string credit_note_number_pattern;
  std::string document_number_pattern;
  std::int64_t next_invoice_number = 1;
  std::int64_t next_credit_note_number = 1;
  std::int64_t next_document_number = 1;
  int default_payment_delay = 30;
  int invoice_grace_period_duration = 3;
  int invoice_payment_initiation_delay = 0;
  int document_payment_initiation_delay = 0;
  std::optional<std::string> invoice_late_fees;
  std::optional<std::string> invoice_footer;
  std::optional<std::string> document_footer;
  std::optional<std::string> logo_url;
  std::optional<std::string> favicon_url;
  std::optional<std::string> brand_color;
  std::optional<CustomerType> forced_customer_type;
  bool credit_note_wallet_refund_enabled = false;
  bool standalone_credit_note_creation_enabled = false;
  std::optional<Exact> manual_tax_rate;
  TaxEngineKind tax_engine{};                // extension
  bool is_oss_registered = false;            // extension
  RevenueRecognition revenue_recognition{};  // extension
  CouponStacking coupon_stacking{};          // extension
  bool coupon_carry_over = false;            // extension
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> deleted_at;
};
BOOST_DESCRIBE_STRUCT(
    InvoicingEntityV1, (),
    (id, name, trade_name, is_default, timezone, language, currency, accounting_currency,
     address_line1, address_line2, zip_code, city, state, country, registration_number, tax_id,
     tax_id_valid, billing_email, invoice_number_pattern, credit_note_number_pattern,
     document_number_pattern, next_invoice_number, next_credit_note_number, next_document_number,
     default_payment_delay, invoice_grace_period_duration, invoice_payment_initiation_delay,
     document_payment_initiation_delay, invoice_late_fees, invoice_footer, document_footer,
     logo_url, favicon_url, brand_color, forced_customer_type, credit_note_wallet_refund_enabled,
     standalone_credit_note_creation_enabled, manual_tax_rate, tax_engine, is_oss_registered,
     revenue_recognition, coupon_stacking, coupon_carry_over, created_at, updated_at, deleted_at))

struct InvoicingEntityFields {
  Patch<std::string> trade_name;
  Patch<bool> is_default;
  Patch<std::string> timezone;
  Patch<Language> language;
  Patch<std::string> address_line1;
  Patch<std::string> address_line2;
  Patch<std::string> zip_code;
  Patch<std::string> city;
  Patch<std::string> state;
  Patch<std::string> registration_number;
  Patch<std::string> tax_id;
  Patch<std::string> billing_email;
  Patch<std::string> invoice_number_pattern;
  Patch<std::string> credit_note_number_pattern;
  Patch<std::string> document_number_pattern;
  Patch<int> default_payment_delay;
  Patch<int> invoice_grace_period_duration;
  Patch<int> invoice_payment_initiation_delay;
  Patch<int> document_payment_initiation_delay;
  Patch<std::string> invoice_late_fees;
  Patch<std::string> invoice_footer;
  Patch<std::string> document_footer;
  Patch<std::string> quote_footer;
  Patch<std::string> logo_url;
  Patch<std::string> favicon_url;
  Patch<std::string> brand_color;
  Patch<CustomerType> forced_customer_type;
  Patch<bool> credit_note_wallet_refund_enabled;
  Patch<bool> standalone_credit_note_creation_enabled;
  Patch<Exact> manual_tax_rate;
  Patch<TaxEngineKind> tax_engine;
  Patch<bool> is_oss_registered;
  Patch<RevenueRecognition> revenue_recognition;
  Patch<CouponStacking> coupon_stacking;
  Patch<bool> coupon_carry_over;
};
BOOST_DESCRIBE_STRUCT(InvoicingEntityFields, (),
                      (trade_name, is_default, timezone, language, address_line1, address_line2,
                       zip_code, city, state, registration_number, tax_id, billing_email,
                       invoice_number_pattern, credit_note_number_pattern, document_number_pattern,
                       default_payment_delay, invoice_grace_period_duration,
                       invoice_payment_initiation_delay, document_payment_initiation_delay,
                       invoice_late_fees, invoice_footer, document_footer, quote_footer, logo_url,
                       favicon_url, brand_color, forced_customer_type,
                       credit_note_wallet_refund_enabled, standalone_credit_note_creation_enabled,
                       manual_tax_rate, tax_engine, is_oss_registered, revenue_recognition,
                       coupon_stacking, coupon_carry_over))

struct InvoicingEntityCreate : InvoicingEntityFields {
  std::string name;
  std::string country;
  std::string currency;
  std::string accounting_currency;
  std::optional<std::int64_t> next_invoice_number;
  std::optional<std::int64_t> next_credit_note_number;
  std::optional<std::int64_t> next_document_number;
};
BOOST_DESCRIBE_STRUCT(InvoicingEntityCreate, (InvoicingEntityFields),
                      (name, country, currency, accounting_currency, next_invoice_number,
                       next_credit_note_number, next_document_number))

struct InvoicingEntityUpdate : InvoicingEntityFields {
  Patch<std::string> name;
  Patch<std::string> country;
  Patch<std::string> currency;
  Patch<std::string> accounting_currency;
};
BOOST_DESCRIBE_STRUCT(InvoicingEntityUpdate, (InvoicingEntityFields),
                      (name, country, currency, accounting_currency))

}  // namespace tallybook::api
