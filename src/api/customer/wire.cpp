#include "api/customer/wire.hpp"

#include "api/customer/codec.hpp"
#include "calendar/zone.hpp"

namespace tallybook::api {
namespace customer_detail {

Address to_address(AddressInput const& input, std::string const& customer_name) {
  Address address;
  address.name = input.name.value_or(customer_name);
  address.line1 = input.line1.value_or("");
  address.line2 = input.line2;
  address.city = input.city.value_or("");
  address.zip = input.zip.value_or("");
  address.state = input.state;
  address.country = input.country;
  return address;
}

void apply_address(Patch<AddressInput> const& patch, std::optional<Address>& target,
                   std::string const& name) {
  if (!patch.present) return;
  if (patch.value) {
    target = to_address(*patch.value, name);
  } else {
    target.reset();
  }
}

void apply_json(Patch<std::map<std::string, Value>> const& patch, JsonText& target,
                char const* empty) {
  if (!patch.present) return;
  target.text = patch.value ? reflect::to_text(*patch.value) : empty;
}

void refuse_what_is_not_offered(CustomerWrite const& write, reflect::Problems& problems) {
  refuse(problems, "owner_id", write.owner_id, "no such user");
  if (write.follower_ids.value && !write.follower_ids.value->empty())
    problems.add("follower_ids", "no such user");
  if (write.custom_properties.value) {
    for (auto const& [slug, value] : *write.custom_properties.value)
      problems.add("custom_properties." + slug, "no such custom property");
  }
}

void fill_shared(CustomerShared& wire, Customer const& customer,
                 std::vector<CustomerSubscriptionRef> subscriptions) {
  wire.id = customer.id.value;
  wire.name = customer.name;
  wire.type = customer.type;
  wire.status = customer.status;
  wire.currency = customer.currency;
  wire.country = customer.country;
  wire.domain = customer.domain;
  wire.tax_ids = customer.tax_ids;
  wire.local_tax_number = customer.local_tax_number;
  wire.tax_rate_custom = customer.tax_rate_custom;
  wire.taxability = customer.taxability;
  wire.registration_number = customer.registration_number;
  wire.is_government_affiliated = customer.is_government_affiliated;
  wire.language = customer.language;
  wire.timezone = customer.timezone;
  wire.external_id = customer.external_id;
  wire.properties = customer.properties;
  wire.custom_properties = customer.custom_properties;
  wire.billing_address = customer.billing_address;
  wire.shipping_address = customer.shipping_address;
  wire.billing_email = customer.billing_email;
  wire.invoice_emails = customer.invoice_emails;
  wire.invoicing_entity_id = customer.invoicing_entity_id.value;
  wire.invoice_reminders_enabled = customer.invoice_reminders_enabled;
  wire.price_book_id = customer.price_book_id;
  wire.available_payment_methods = customer.available_payment_methods;
  wire.subscriptions = std::move(subscriptions);
  wire.created_at = customer.created_at;
  wire.updated_at = customer.updated_at;
  wire.deleted_at = customer.deleted_at;
}

void fill_v1(CustomerV1& wire, Customer const& customer,
             std::vector<CustomerSubscriptionRef> subscriptions) {
  fill_shared(wire, customer, std::move(subscriptions));
  wire.current_payment_method_type = customer.payment_method_type;
  wire.current_payment_method_id = customer.payment_method_id;
  wire.custom_payment_delay = customer.custom_payment_delay;
  wire.custom_payment_initiation_delay = customer.custom_payment_initiation_delay;
  if (!customer.tax_ids.empty()) {
    wire.vat_number = customer.tax_ids.front().value;
    auto const status = customer.tax_ids.front().status;
    if (status == TaxIdStatus::valid || status == TaxIdStatus::invalid)
      wire.vat_number_valid = status == TaxIdStatus::valid;
  }
  wire.vat_rate_custom = customer.tax_rate_custom;
}

void fill_v2(CustomerV2& wire, Customer const& customer,
             std::vector<CustomerSubscriptionRef> subscriptions) {
  fill_shared(wire, customer, std::move(subscriptions));
  wire.payment_terms = customer.custom_payment_delay;
  wire.payment_initiation_delay = customer.custom_payment_initiation_delay;
  wire.payment_method_type = customer.payment_method_type;
  wire.payment_method_id = customer.payment_method_id;
}

void fill_details(CustomerDetailFields& wire, Customer const& customer) {
  wire.bank_account = customer.bank_account;
  if (customer.organisation_id) wire.organisation_id = customer.organisation_id->value;
  wire.organisation_invoicing =
      customer.organisation_invoicing.value_or(OrganisationInvoicing::none);
}

}  // namespace customer_detail

Result<void> apply(CustomerWrite const& write, Customer& customer) {
  using namespace customer_detail;
  reflect::Problems problems;
  refuse_what_is_not_offered(write, problems);
  if (!problems.empty()) return fail(problems.error());
  write.name.apply(customer.name);
  if (write.type.present) {
    customer.type.reset();
    if (write.type.value)
      customer.type = *write.type.value == WritableCustomerType::corporate ? CustomerType::corporate
                                                                           : CustomerType::person;
  }
  write.price_book_id.apply(customer.price_book_id);
  write.currency.apply(customer.currency);
  write.country.apply(customer.country);
  if (write.vat_number.present) {
    customer.tax_ids.clear();
    if (write.vat_number.value && !write.vat_number.value->empty())
      customer.tax_ids.push_back({*write.vat_number.value, TaxIdStatus::unknown});
  }
  if (write.tax_ids.present) {
    customer.tax_ids.clear();
    for (auto const& id : write.tax_ids.value.value_or(std::vector<TaxIdInput>{}))
      customer.tax_ids.push_back({id.value, TaxIdStatus::unknown});
  }
  write.vat_rate_custom.apply(customer.tax_rate_custom);
  write.tax_rate_custom.apply(customer.tax_rate_custom);
  write.taxability.apply(customer.taxability);
  write.registration_number.apply(customer.registration_number);
  write.is_government_affiliated.apply(customer.is_government_affiliated);
  write.external_id.apply(customer.external_id);
  if (write.invoicing_entity_id.value)
    customer.invoicing_entity_id = EntityId(*write.invoicing_entity_id.value);
  apply_address(write.billing_address, customer.billing_address, customer.name);
  apply_address(write.shipping_address, customer.shipping_address, customer.name);
  if (write.billing_address.value && !write.country.present)
    customer.country = write.billing_address.value->country;
  write.billing_email.apply(customer.billing_email);
  write.invoice_emails.apply(customer.invoice_emails);
  write.language.apply(customer.language);
  write.timezone.apply(customer.timezone);
  write.available_payment_methods.apply(customer.available_payment_methods);
  write.payment_method_type.apply(customer.payment_method_type);
  write.payment_method_id.apply(customer.payment_method_id);
  write.bank_account.apply(customer.bank_account);
  write.custom_payment_delay.apply(customer.custom_payment_delay);
  write.custom_payment_initiation_delay.apply(customer.custom_payment_initiation_delay);
  apply_json(write.properties, customer.properties, "null");
  apply_json(write.custom_properties, customer.custom_properties, "{}");
  write.invoice_reminders_enabled.apply(customer.invoice_reminders_enabled);
  write.local_tax_number.apply(customer.local_tax_number);
  write.domain.apply(customer.domain);
  if (write.organisation_id.present) {
    customer.organisation_id.reset();
    if (write.organisation_id.value)
      customer.organisation_id = CustomerId(*write.organisation_id.value);
    // Who leaves its organisation is invoiced as before.
    if (!customer.organisation_id && !write.organisation_invoicing.present)
      customer.organisation_invoicing.reset();
  }
  write.organisation_invoicing.apply(customer.organisation_invoicing);
  return {};
}

CustomerV1 to_v1(Customer const& customer, std::vector<CustomerSubscriptionRef> subscriptions) {
  CustomerV1 wire;
  customer_detail::fill_v1(wire, customer, std::move(subscriptions));
  return wire;
}

CustomerDetailsV1 to_details_v1(Customer const& customer,
                                std::vector<CustomerSubscriptionRef> subscriptions) {
  CustomerDetailsV1 wire;
  customer_detail::fill_v1(wire, customer, std::move(subscriptions));
  customer_detail::fill_details(wire, customer);
  return wire;
}

CustomerV2 to_v2(Customer const& customer, std::vector<CustomerSubscriptionRef> subscriptions) {
  CustomerV2 wire;
  customer_detail::fill_v2(wire, customer, std::move(subscriptions));
  return wire;
}

CustomerDetailsV2 to_details_v2(Customer const& customer,
                                std::vector<CustomerSubscriptionRef> subscriptions) {
  CustomerDetailsV2 wire;
  customer_detail::fill_v2(wire, customer, std::move(subscriptions));
  customer_detail::fill_details(wire, customer);
  return wire;
}

}  // namespace tallybook::api
