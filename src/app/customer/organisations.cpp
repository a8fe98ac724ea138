#include "app/customer/organisations.hpp"

#include "app/customer/customers.hpp"
#include "domain/customer/organisation.hpp"

namespace tallybook {
namespace organisations_detail {

TimeZone zone_of(Customer const& customer) {
  return TimeZone::find(customer.timezone).value_or(TimeZone());
}

void schedule(Customer& organisation, OrganisationSchedule schedule, Instant at) {
  organisation.organisation_schedule = schedule;
  organisation.organisation_next_invoice_at = at;
  organisation.organisation_invoice_day = split(zone_of(organisation).date_of(at)).day;
}

// One that waits is invoiced by the organisation it waits for.
Result<void> check_nothing_waits(UnitOfWork& work, Customer const& customer) {
  if (work.records<Invoice>().count("customer_id = ? AND status = 'pending_parent_concat'",
                                    {customer.id.value}) == 0)
    return {};
  return fail(errors::invalid_field(
      "organisation_id",
      "documents of the customer wait for its organisation's next invoice; bring next_invoice_at "
      "of the organisation forward, then change it"));
}

// Loads the organisation a customer wants to belong to, locked: it must not become a child itself.
Result<Customer> wanted_organisation(UnitOfWork& work, Customer const& customer) {
  auto const refused = [](char const* why) {
    return fail(errors::invalid_field("organisation_id", why));
  };
  if (*customer.organisation_id == customer.id)
    return refused("a customer cannot be its own organisation");
  auto organisation = work.records<Customer>().find_for_update(customer.organisation_id->value);
  if (!organisation || organisation->deleted_at) return refused("no such customer");
  if (organisation->status == CustomerStatus::archived) return refused("the customer is archived");
  if (organisation->organisation_id)
    return refused("that customer belongs to an organisation itself");
  if (!customer.id.empty() && !children_of(work.sql(), work.tenant(), customer.id).empty())
    return refused("other customers belong to this one");
  return *std::move(organisation);
}

}  // namespace organisations_detail

std::vector<CustomerId> children_of(SqlSession& sql, Tenant const& tenant, CustomerId const& id) {
  std::vector<CustomerId> children;
  sql.query(
      "SELECT id FROM customers WHERE account_id = ? AND mode = ? AND organisation_id = ? AND "
      "deleted_at IS NULL ORDER BY created_at, id",
      {tenant.account_id, std::string(mode_text(tenant.mode)), id.value},
      [&](SqlRow const& row) { children.emplace_back(std::string(row.text(0))); });
  return children;
}

Result<void> check_organisation(UnitOfWork& work, Customer const* before, Customer& customer) {
  using namespace organisations_detail;
  if (customer.organisation_invoicing == OrganisationInvoicing::none)
    customer.organisation_invoicing.reset();
  if (customer.organisation_invoicing && !customer.organisation_id)
    return fail(errors::invalid_field("organisation_invoicing",
                                      "only none is possible without an organisation_id"));
  bool const moved = before == nullptr ? customer.organisation_id.has_value()
                                       : customer.organisation_id != before->organisation_id;
  if (moved && before != nullptr) {
    TB_CHECK(check_nothing_waits(work, customer));
  }
  bool const grouped = customer.organisation_invoicing == OrganisationInvoicing::concat;
  if (!customer.organisation_id || (!moved && !grouped)) return {};
  if (moved) {
    TB_CHECK(wanted_organisation(work, customer));
  }
  // A child has no schedule of its own.
  customer.organisation_schedule.reset();
  customer.organisation_next_invoice_at.reset();
  customer.organisation_invoice_day.reset();
  if (!grouped) return {};
  auto organisation = work.records<Customer>().find_for_update(customer.organisation_id->value);
  if (!organisation || organisation->organisation_next_invoice_at) return {};
  auto const every = organisation->organisation_schedule.value_or(OrganisationSchedule::month);
  schedule(*organisation, every,
           first_organisation_date(work.now(), every, zone_of(*organisation)));
  work.records<Customer>().update(*organisation);
  return {};
}

Result<Customer> update_organisation(UnitOfWork& work, CustomerId const& id,
                                     OrganisationChanges const& changes) {
  using namespace organisations_detail;
  TB_TRY(customer, find_customer(work, id));
  if (changes.name) customer.name = *changes.name;
  if (changes.currency) customer.currency = changes.currency;
  if (changes.country) customer.country = changes.country;
  if (changes.invoice_schedule || changes.next_invoice_at) {
    char const* const field = changes.invoice_schedule ? "invoice_schedule" : "next_invoice_at";
    if (customer.organisation_id)
      return fail(errors::invalid_field(
          field, "the customer belongs to an organisation, whose schedule is used"));
    if (changes.next_invoice_at && *changes.next_invoice_at < work.now())
      return fail(errors::invalid_field("next_invoice_at", "expected a date from now on"));
    auto const every = changes.invoice_schedule.value_or(
        customer.organisation_schedule.value_or(OrganisationSchedule::month));
    auto const at =
        changes.next_invoice_at ? changes.next_invoice_at : customer.organisation_next_invoice_at;
    // A date that stays keeps the day it was given with.
    if (at == customer.organisation_next_invoice_at && at)
      customer.organisation_schedule = every;
    else
      schedule(customer, every,
               at.value_or(first_organisation_date(work.now(), every, zone_of(customer))));
  }
  return update_customer(work, customer);
}

}  // namespace tallybook
