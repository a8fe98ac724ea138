// Customers: who is billed.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/instant.hpp"
#include "base/json_text.hpp"
#include "base/result.hpp"
#include "money/exact.hpp"

namespace tallybook {

struct CustomerTag {
  static constexpr char const* prefix = "cus";
};
using CustomerId = Id<CustomerTag>;
struct EntityTag {
  static constexpr char const* prefix = "ive";
};
using EntityId = Id<EntityTag>;

BOOST_DEFINE_ENUM_CLASS(CustomerType, corporate, person, automatically_created)
BOOST_DEFINE_ENUM_CLASS(CustomerStatus, active, archived, imported, inactive)
BOOST_DEFINE_ENUM_CLASS(Taxability, taxable, exempt)
BOOST_DEFINE_ENUM_CLASS(Language, en, fr, de, it, es, pl, pt, nl, lt)
BOOST_DEFINE_ENUM_CLASS(PaymentMethodType, card, direct_debit, direct_debit_ach, direct_debit_bacs,
                        direct_debit_sepa, transfer, transfer_automated, external)
BOOST_DEFINE_ENUM_CLASS(TaxIdStatus, valid, invalid, pending, unknown)
// Who issues the invoices of a customer that belongs to an organisation: itself, the organisation
// one by one, or the organisation in one invoice on its own schedule.
BOOST_DEFINE_ENUM_CLASS(OrganisationInvoicing, none, every_invoice, concat)
BOOST_DEFINE_ENUM_CLASS(OrganisationSchedule, month, quarter, year)

struct Address {
  std::string name;
  std::string line1;
  std::optional<std::string> line2;
  std::string city;
  std::string zip;
  std::optional<std::string> state;
  std::string country;  // ISO 3166-1 alpha-2
  friend bool operator==(Address const&, Address const&) = default;
};
BOOST_DESCRIBE_STRUCT(Address, (), (name, line1, line2, city, zip, state, country))

struct TaxId {
  std::string value;
  TaxIdStatus status = TaxIdStatus::unknown;
};
BOOST_DESCRIBE_STRUCT(TaxId, (), (value, status))

struct BankAccount {
  std::string format;
  std::string iban;
  std::string bic_swift;
};
BOOST_DESCRIBE_STRUCT(BankAccount, (), (format, iban, bic_swift))

struct Customer {
  CustomerId id;
  std::string name;
  std::optional<CustomerType> type;
  CustomerStatus status = CustomerStatus::active;
  std::optional<std::string> currency;
  std::optional<std::string> country;
  std::vector<TaxId> tax_ids;
  std::optional<Exact> tax_rate_custom;  // percent, forces the rate
  Taxability taxability = Taxability::taxable;
  std::optional<std::string> registration_number;
  bool is_government_affiliated = false;
  Language language = Language::en;
  std::string timezone;
  std::optional<std::string> external_id;  // unique among customers that are not deleted
  JsonText properties;
  JsonText custom_properties{"{}"};
  std::optional<Address> billing_address;
  std::optional<Address> shipping_address;
  std::optional<std::string> billing_email;
  std::vector<std::string> invoice_emails;
  EntityId invoicing_entity_id;
  bool invoice_reminders_enabled = true;
  std::vector<PaymentMethodType> available_payment_methods;
  std::optional<PaymentMethodType> payment_method_type;
  std::optional<std::string> payment_method_id;  // the active one, of that type
  std::optional<BankAccount> bank_account;
  std::optional<int> custom_payment_delay;             // days
  std::optional<int> custom_payment_initiation_delay;  // days
  std::optional<std::string> local_tax_number;
  std::optional<std::string> domain;
  std::optional<CustomerId> organisation_id;  // the customer it belongs to
  std::optional<OrganisationInvoicing> organisation_invoicing;
  // Of a customer that others belong to: when their waiting documents become its invoices. The day
  // is the one the date was given with; short months do not change it.
  std::optional<OrganisationSchedule> organisation_schedule;
  std::optional<Instant> organisation_next_invoice_at;
  std::optional<int> organisation_invoice_day;
  std::optional<std::string> price_book_id;  // whose prices come before the default ones (PRD-7)
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> deleted_at;
};
BOOST_DESCRIBE_STRUCT(Customer, (),
                      (id, name, type, status, currency, country, tax_ids, tax_rate_custom,
                       taxability, registration_number, is_government_affiliated, language,
                       timezone, external_id, properties, custom_properties, billing_address,
                       shipping_address, billing_email, invoice_emails, invoicing_entity_id,
                       invoice_reminders_enabled, available_payment_methods, payment_method_type,
                       payment_method_id, bank_account, custom_payment_delay,
                       custom_payment_initiation_delay, local_tax_number, domain, organisation_id,
                       organisation_invoicing, organisation_schedule, organisation_next_invoice_at,
                       organisation_invoice_day, price_book_id, created_at, updated_at, deleted_at))

// The language a customer of that country reads, among those we write; empty when there is none.
std::optional<Language> language_of_country(std::string const& country);

// Lower-cased domain of an e-mail address; empty when there is none to take.
std::optional<std::string> domain_of_email(std::string const& email);

// State rules: each returns the new state or 409 naming the state and what it allows.
Result<Customer> archived(Customer customer, bool has_running_subscriptions, Instant now);
Result<Customer> unarchived(Customer customer, Instant now);
Result<Customer> deleted(Customer customer, Instant now);

}  // namespace tallybook
