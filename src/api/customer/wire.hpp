// Customers on the wire: v1 and v2 reads, one write body.
#pragma once

#include <map>

#include "domain/customer/customer.hpp"
#include "domain/subscription/subscription.hpp"
#include "reflect/patch.hpp"
#include "reflect/value.hpp"

namespace tallybook::api {

BOOST_DEFINE_ENUM_CLASS(WritableCustomerType, corporate, person)

struct IntegrationRef {
  std::string entity_id;
  std::string provider_name;
  std::string provider_account_id;
};
BOOST_DESCRIBE_STRUCT(IntegrationRef, (), (entity_id, provider_name, provider_account_id))

struct CustomerSubscriptionRef {
  std::string id;
  SubscriptionStatus status{};
  std::optional<Instant> current_period_started_at;
  std::optional<Instant> current_period_ends_at;
  std::optional<std::string> plan_id;
  std::optional<std::string> checkout_session_id;
};
BOOST_DESCRIBE_STRUCT(CustomerSubscriptionRef, (),
                      (id, status, current_period_started_at, current_period_ends_at, plan_id,
                       checkout_session_id))

struct CustomerShared {
  std::string id;
  std::string name;
  std::optional<CustomerType> type;
  CustomerStatus status{};
  std::optional<std::string> currency;
  std::optional<std::string> country;
  std::optional<std::string> domain;
  std::vector<TaxId> tax_ids;
  std::optional<std::string> local_tax_number;
  std::optional<Exact> tax_rate_custom;
  Taxability taxability{};
  std::optional<std::string> registration_number;
  bool is_government_affiliated = false;
  Language language{};
  std::string timezone;
  std::optional<std::string> external_id;
  JsonText properties;
  JsonText custom_properties;
  std::optional<Address> billing_address;
  std::optional<Address> shipping_address;
  std::optional<std::string> billing_email;
  std::vector<std::string> invoice_emails;
  std::optional<std::string> invoicing_entity_id;
  bool invoice_reminders_enabled = true;
  std::optional<std::string> price_book_id;
  std::vector<PaymentMethodType> available_payment_methods;
  std::vector<CustomerSubscriptionRef> subscriptions;
  std::vector<std::string> segment_ids;
  std::vector<IntegrationRef> integrations;
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> deleted_at;
  std::optional<std::string> owner_id;
};
BOOST_DESCRIBE_STRUCT(CustomerShared, (),
                      (id, name, type, status, currency, country, domain, tax_ids, local_tax_number,
                       tax_rate_custom, taxability, registration_number, is_government_affiliated,
                       language, timezone, external_id, properties, custom_properties,
                       billing_address, shipping_address, billing_email, invoice_emails,
                       invoicing_entity_id, invoice_reminders_enabled, price_book_id,
                       available_payment_methods, subscriptions, segment_ids, integrations,
                       created_at, updated_at, deleted_at, owner_id))

struct CustomerDetailFields {
  JsonText current_payment_method;
  std::optional<BankAccount> bank_account;
  std::optional<std::string> organisation_id;
  OrganisationInvoicing organisation_invoicing = OrganisationInvoicing::none;
};
BOOST_DESCRIBE_STRUCT(CustomerDetailFields, (),
                      (current_payment_method, bank_account, organisation_id,
                       organisation_invoicing))

struct CustomerV1 : CustomerShared {
  std::optional<PaymentMethodType> current_payment_method_type;
  std::optional<std::string> current_payment_method_id;
  std::optional<int> custom_payment_delay;
  std::optional<int> custom_payment_initiation_delay;
  std::optional<std::string> vat_number;
  std::optional<bool> vat_number_valid;
  std::optional<Exact> vat_rate_custom;
};
BOOST_DESCRIBE_STRUCT(CustomerV1, (CustomerShared),
                      (current_payment_method_type, current_payment_method_id, custom_payment_delay,
                       custom_payment_initiation_delay, vat_number, vat_number_valid,
                       vat_rate_custom))

struct CustomerDetailsV1 : CustomerV1, CustomerDetailFields {};
BOOST_DESCRIBE_STRUCT(CustomerDetailsV1, (CustomerV1, CustomerDetailFields), ())

// The v2 object is called CustomerV2 here: the domain owns the plain name.
struct CustomerV2 : CustomerShared {
  JsonText owner;
  std::vector<std::string> followers;
  std::optional<int> payment_terms;
  std::optional<int> payment_initiation_delay;
  std::optional<PaymentMethodType> payment_method_type;
  std::optional<std::string> payment_method_id;
};
BOOST_DESCRIBE_STRUCT(CustomerV2, (CustomerShared),
                      (owner, followers, payment_terms, payment_initiation_delay,
                       payment_method_type, payment_method_id))

struct CustomerDetailsV2 : CustomerV2, CustomerDetailFields {};
BOOST_DESCRIBE_STRUCT(CustomerDetailsV2, (CustomerV2, CustomerDetailFields), ())

struct TaxIdInput {
  std::string value;
};
BOOST_DESCRIBE_STRUCT(TaxIdInput, (), (value))

struct AddressInput {
  std::optional<std::string> name;
  std::optional<std::string> line1;
  std::optional<std::string> line2;
  std::optional<std::string> city;
  std::optional<std::string> zip;
  std::optional<std::string> state;
  std::string country;
};
BOOST_DESCRIBE_STRUCT(AddressInput, (), (name, line1, line2, city, zip, state, country))

struct CustomerWrite {
  Patch<std::string> name;
  Patch<WritableCustomerType> type;
  Patch<std::string> currency;
  Patch<std::string> country;
  Patch<std::string> vat_number;
  Patch<Exact> vat_rate_custom;
  Patch<std::vector<TaxIdInput>> tax_ids;
  Patch<Exact> tax_rate_custom;
  Patch<Taxability> taxability;
  Patch<std::string> registration_number;
  Patch<bool> is_government_affiliated;
  Patch<std::string> external_id;
  Patch<std::string> invoicing_entity_id;
  Patch<AddressInput> billing_address;
  Patch<AddressInput> shipping_address;
  Patch<std::string> billing_email;
  Patch<std::vector<std::string>> invoice_emails;
  Patch<Language> language;
  Patch<std::string> timezone;
  Patch<std::vector<PaymentMethodType>> available_payment_methods;
  Patch<PaymentMethodType> payment_method_type;
  Patch<std::string> payment_method_id;
  Patch<BankAccount> bank_account;
  Patch<int> custom_payment_delay;
  Patch<int> custom_payment_initiation_delay;
  Patch<std::string> organisation_id;
  Patch<OrganisationInvoicing> organisation_invoicing;
  Patch<std::map<std::string, Value>> properties;
  Patch<std::map<std::string, Value>> custom_properties;
  Patch<bool> invoice_reminders_enabled;
  Patch<std::string> price_book_id;
  Patch<std::string> local_tax_number;
  Patch<std::string> domain;
  Patch<std::string> owner_id;
  Patch<std::vector<std::string>> follower_ids;
};
BOOST_DESCRIBE_STRUCT(CustomerWrite, (),
                      (name, type, currency, country, vat_number, vat_rate_custom, tax_ids,
                       tax_rate_custom, taxability, registration_number, is_government_affiliated,
                       external_id, invoicing_entity_id, billing_address, shipping_address,
                       billing_email, invoice_emails, language, timezone, available_payment_methods,
                       payment_method_type, payment_method_id, bank_account, custom_payment_delay,
                       custom_payment_initiation_delay, organisation_id, organisation_invoicing,
                       properties, custom_properties, invoice_reminders_enabled, price_book_id,
                       local_tax_number, domain, owner_id, follower_ids))

struct Organisation {
  std::string id;
  std::string name;
  std::optional<std::string> currency;
  std::optional<std::string> country;
  std::optional<OrganisationSchedule> invoice_schedule;
  std::optional<Instant> next_invoice_at;
  std::vector<std::string> child_customer_ids;
};
BOOST_DESCRIBE_STRUCT(Organisation, (),
                      (id, name, currency, country, invoice_schedule, next_invoice_at,
                       child_customer_ids))

struct OrganisationUpdate {
  Patch<std::string> name;
  Patch<std::string> currency;
  Patch<std::string> country;
  Patch<OrganisationSchedule> invoice_schedule;
  Patch<Instant> next_invoice_at;
};
BOOST_DESCRIBE_STRUCT(OrganisationUpdate, (),
                      (name, currency, country, invoice_schedule, next_invoice_at))

}  // namespace tallybook::api
