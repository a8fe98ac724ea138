// Invoicing entities: who bills. Each owns its zone, terms, numbering and legal texts (ENT-1).
#pragma once

#include "calendar/date.hpp"
#include "domain/customer/customer.hpp"
#include "domain/discount/coupons.hpp"
#include "domain/tax/tax_scheme.hpp"

namespace tallybook {

BOOST_DEFINE_ENUM_CLASS(NumberedKind, invoice, credit_note, document)

// When the net of a line becomes revenue (ACC-5): when it is invoiced, or over the time it is for.
BOOST_DEFINE_ENUM_CLASS(RevenueRecognition, immediate, deferred)

struct InvoicingEntity {
  EntityId id;
  std::string name;
  std::optional<std::string> trade_name;
  bool is_default = false;
  std::string timezone = "Etc/UTC";
  Language language = Language::en;
  std::string currency = "EUR";
  std::string accounting_currency = "EUR";
  std::optional<std::string> address_line1;
  std::optional<std::string> address_line2;
  std::optional<std::string> zip_code;
  std::optional<std::string> city;
  std::optional<std::string> state;
  std::string country = "FR";
  std::optional<std::string> registration_number;
  std::optional<std::string> tax_id;
  std::optional<std::string> billing_email;
  std::string invoice_number_pattern = "INV-{number}";
  std::string credit_note_number_pattern = "CN-{number}";
  std::string document_number_pattern = "DOC-{number}";
  int default_payment_delay = 30;         // days from issue to due (INV-3)
  int invoice_grace_period_duration = 3;  // days a usage invoice is under review (INV-4)
  int invoice_payment_initiation_delay = 0;
  int document_payment_initiation_delay = 0;
  std::optional<std::string> invoice_late_fees;
  std::optional<std::string> invoice_footer;
  std::optional<std::string> document_footer;
  std::optional<std::string> quote_footer;
  std::optional<std::string> logo_url;
  std::optional<std::string> favicon_url;
  std::optional<std::string> brand_color;
  std::optional<CustomerType> forced_customer_type;
  bool credit_note_wallet_refund_enabled = false;
  bool standalone_credit_note_creation_enabled = false;
  std::optional<Exact>
      manual_tax_rate;  // extension: percent for customers without a rate of their own
  // Who finds the rates (TAX-1). Automatic charges no VAT while there is no tax_id.
  TaxEngineKind tax_engine = TaxEngineKind::automatic;
  RevenueRecognition revenue_recognition = RevenueRecognition::immediate;
  // In which order several coupons take from a document that is computed from now on (COU-5).
  CouponStacking coupon_stacking = CouponStacking::in_order;
  bool coupon_carry_over = false;  // what an amount does not use is added to the next document's
  bool is_oss_registered = false;  // consumers of other member states pay their country's rate
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> deleted_at;
};
BOOST_DESCRIBE_STRUCT(InvoicingEntity, (),
                      (id, name, trade_name, is_default, timezone, language, currency,
                       accounting_currency, address_line1, address_line2, zip_code, city, state,
                       country, registration_number, tax_id, billing_email, invoice_number_pattern,
                       credit_note_number_pattern, document_number_pattern, default_payment_delay,
                       invoice_grace_period_duration, invoice_payment_initiation_delay,
                       document_payment_initiation_delay, invoice_late_fees, invoice_footer,
                       document_footer, quote_footer, logo_url, favicon_url, brand_color,
                       forced_customer_type, credit_note_wallet_refund_enabled,
                       standalone_credit_note_creation_enabled, manual_tax_rate, tax_engine,
                       revenue_recognition, coupon_stacking, coupon_carry_over, is_oss_registered,
                       created_at, updated_at, deleted_at))

// "INV-{YYYY}-{number}" with 7 issued on 2026-03-05 gives "INV-2026-7" (INV-6).
std::string document_number(std::string const& pattern, std::int64_t number, Date issued_on);
// A pattern must hold {number} once; {YYYY}, {MM}, {DD} are optional.
bool is_number_pattern(std::string const& pattern);

}  // namespace tallybook
