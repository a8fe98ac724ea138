#include "app/customer/customers.hpp"

#include "app/catalogue/price_books.hpp"
#include "app/customer/organisations.hpp"
#include "app/entity/invoicing_entities.hpp"
#include "app/payment/payment_methods.hpp"
#include "app/tax/tax_numbers.hpp"

namespace tallybook {

bool is_country_code(std::string const& code) {
  static char const* const extra[] = {"ES-CE", "ES-ML", "PT-20", "PT-30"};
  for (auto const* known : extra) {
    if (code == known) return true;
  }
  return code.size() == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z';
}

namespace customers_detail {

bool looks_like_email(std::string const& text) {
  auto const at = text.find('@');
  return at != std::string::npos && at > 0 && at + 1 < text.size() &&
         text.find(' ') == std::string::npos && text.size() <= 254;
}

void check_address(std::optional<Address> const& address, std::string const& path,
                   std::vector<FieldError>& problems) {
  if (address && !is_country_code(address->country))
    problems.push_back({path + ".country", "expected a two-letter country code"});
}

Result<void> check(Customer const& customer) {
  std::vector<FieldError> problems;
  if (customer.name.size() > 500) problems.push_back({"name", "expected at most 500 bytes"});
  if (customer.type == CustomerType::automatically_created)
    problems.push_back({"type", "expected corporate or person"});
  if (customer.currency && !Currency::parse(*customer.currency))
    problems.push_back({"currency", "expected an ISO 4217 currency code"});
  if (customer.country && !is_country_code(*customer.country))
    problems.push_back({"country", "expected a two-letter country code"});
  if (!TimeZone::find(customer.timezone))
    problems.push_back({"timezone", "expected an IANA time zone such as Europe/Paris"});
  if (customer.tax_rate_custom &&
      (customer.tax_rate_custom->is_negative() || *customer.tax_rate_custom > Exact(100))) {
    problems.push_back({"tax_rate_custom", "expected a percentage from 0 to 100"});
  }
  check_tax_ids(customer.tax_ids, problems);
  check_address(customer.billing_address, "billing_address", problems);
  check_address(customer.shipping_address, "shipping_address", problems);
  if (customer.billing_email && !looks_like_email(*customer.billing_email))
    problems.push_back({"billing_email", "expected an e-mail address"});
  for (std::size_t i = 0; i < customer.invoice_emails.size(); ++i) {
    if (!looks_like_email(customer.invoice_emails[i]))
      problems.push_back(
          {"invoice_emails[" + std::to_string(i) + "]", "expected an e-mail address"});
  }
  auto const days = [&](char const* field, std::optional<int> value) {
    if (value && (*value < 0 || *value > 3650))
      problems.push_back({field, "expected 0 to 3650 days"});
  };
  days("custom_payment_delay", customer.custom_payment_delay);
  days("custom_payment_initiation_delay", customer.custom_payment_initiation_delay);
  if (customer.external_id &&
      (customer.external_id->empty() || customer.external_id->size() > 255)) {
    problems.push_back({"external_id", "expected 1 to 255 bytes"});
  }
  if (problems.empty()) return {};
  return fail(errors::invalid_fields(std::move(problems)));
}

Result<void> check_references(UnitOfWork& work, Customer const& customer) {
  if (customer.price_book_id) {
    TB_CHECK(check_price_book(work, *customer.price_book_id, "price_book_id"));
  }
  if (!customer.external_id) return {};
  if (work.records<Customer>().count("external_id = ? AND deleted_at IS NULL AND id <> ?",
                                     {*customer.external_id, customer.id.value}) > 0) {
    return fail({ErrorCode::conflict,
                 "A customer with this external_id exists",
                 {{"external_id", "already used"}}});
  }
  return {};
}

void say(UnitOfWork& work, char const* what, Customer const& customer) {
  work.emit(what, customer.id, work.services().snapshots.customer(customer));
}

}  // namespace customers_detail

Result<Customer> create_customer(UnitOfWork& work, Customer customer, bool language_given) {
  if (customer.payment_method_id)
    return fail(errors::invalid_field("payment_method_id",
                                      "a new customer has no payment methods; add one first"));
  InvoicingEntity entity;
  if (customer.invoicing_entity_id.empty()) {
    entity = default_entity(work);
    customer.invoicing_entity_id = entity.id;
  } else {
    auto found = find_entity(work, customer.invoicing_entity_id);
    if (!found)
      return fail(errors::invalid_field("invoicing_entity_id", "no such invoicing entity"));
    entity = *std::move(found);
  }
  if (!customer.country)
    customer.country =
        customer.billing_address ? customer.billing_address->country : entity.country;
  if (!language_given)
    customer.language = language_of_country(*customer.country).value_or(entity.language);
  if (customer.timezone.empty()) customer.timezone = entity.timezone;
  // An entity that sells to one kind only says so for its customers.
  if (entity.forced_customer_type) customer.type = entity.forced_customer_type;
  if (!customer.domain && customer.billing_email)
    customer.domain = domain_of_email(*customer.billing_email);
  TB_CHECK(customers_detail::check(customer));
  TB_CHECK(check_organisation(work, nullptr, customer));
  customer.id = work.new_id<CustomerTag>();
  TB_CHECK(customers_detail::check_references(work, customer));
  if (!customer.tax_ids.empty()) assess_tax_ids(work, customer);
  customer.created_at = customer.updated_at = work.now();
  // On PostgreSQL two creators may pass the check at once; the unique index lets one through.
  if (!work.records<Customer>().insert_if_new(customer)) {
    return fail({ErrorCode::conflict,
                 "A customer with this external_id exists",
                 {{"external_id", "already used"}}});
  }
  customers_detail::say(work, "customer.created", customer);
  return customer;
}

Result<Customer> update_customer(UnitOfWork& work, Customer const& customer) {
  auto current = work.records<Customer>().find_for_update(customer.id.value);
  if (!current || current->deleted_at) return fail(errors::not_found("Customer"));
  TB_CHECK(customers_detail::check(customer));
  if (auto const entity = find_entity(work, customer.invoicing_entity_id); !entity) {
    return fail(errors::invalid_field("invoicing_entity_id", "no such invoicing entity"));
  }
  if (customer.currency != current->currency &&
      (work.records<Invoice>().count("customer_id = ?", {customer.id.value}) > 0 ||
       work.records<PaymentMethod>().count("customer_id = ? AND deleted_at IS NULL",
                                           {customer.id.value}) > 0 ||
       work.records<Wallet>().count("customer_id = ?", {customer.id.value}) > 0)) {
    return fail(errors::invalid_field("currency",
                                      "the currency is fixed once the customer has an invoice, a "
                                      "payment method or a wallet"));
  }
  if (customer.external_id != current->external_id ||
      customer.price_book_id != current->price_book_id) {
    TB_CHECK(customers_detail::check_references(work, customer));
  }
  Customer updated = customer;
  TB_CHECK(check_organisation(work, &*current, updated));
  if (!updated.tax_ids.empty() || !current->tax_ids.empty()) assess_tax_ids(work, updated);
  TB_CHECK(choose_method(work, *current, updated));
  updated.updated_at = work.now();
  work.records<Customer>().update(updated);
  customers_detail::say(work, "customer.updated", updated);
  return updated;
}

Result<Customer> archive_customer(UnitOfWork& work, CustomerId const& id) {
  TB_TRY(customer, find_customer(work, id));
  bool const running =
      work.records<Subscription>().count(
          "customer_id = ? AND status IN ('active', 'pending', 'paused')", {id.value}) > 0;
  if (!children_of(work.sql(), work.tenant(), id).empty())
    return fail(errors::invalid(
        "Other customers belong to the customer; take them out of the organisation first"));
  customer.organisation_next_invoice_at.reset();
  TB_TRY(changed, archived(std::move(customer), running, work.now()));
  work.records<Customer>().update(changed);
  customers_detail::say(work, "customer.archived", changed);
  return changed;
}

Result<Customer> unarchive_customer(UnitOfWork& work, CustomerId const& id) {
  TB_TRY(customer, find_customer(work, id));
  TB_TRY(changed, unarchived(std::move(customer), work.now()));
  work.records<Customer>().update(changed);
  customers_detail::say(work, "customer.recovered", changed);
  return changed;
}

Result<void> delete_customer(UnitOfWork& work, CustomerId const& id) {
  TB_TRY(customer, find_customer(work, id));
  if (work.records<Invoice>().count("customer_id = ? AND status = 'pending_parent_concat'",
                                    {id.value}) > 0)
    return fail(
        errors::invalid("Documents of the customer wait for its organisation's next invoice; "
                        "delete it after that"));
  TB_TRY(changed, deleted(std::move(customer), work.now()));
  work.records<Customer>().update(changed);
  customers_detail::say(work, "customer.deleted", changed);
  return {};
}

Result<Customer> find_customer(UnitOfWork& work, CustomerId const& id) {
  auto customer = work.records<Customer>().find_for_update(id.value);
  if (!customer || customer->deleted_at) return fail(errors::not_found("Customer"));
  return *std::move(customer);
}

std::optional<Customer> find_customer_by_reference(SqlSession& sql, Tenant const& tenant,
                                                   std::string const& reference) {
  Records<Customer> customers(sql, tenant);
  if (auto own = customers.first("id = ? AND deleted_at IS NULL", {reference})) return own;
  return customers.first("external_id = ? AND deleted_at IS NULL", {reference});
}

}  // namespace tallybook
