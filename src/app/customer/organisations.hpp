// Organisations: customers that others belong to (ORG-1, ORG-2).
#pragma once

#include "app/unit_of_work.hpp"
#include "reflect/patch.hpp"

namespace tallybook {

// The customers that belong to it, oldest first.
std::vector<CustomerId> children_of(SqlSession& sql, Tenant const& tenant, CustomerId const& id);

// What a new or changed customer says about its organisation; `before` is empty for a new one.
// Gives the organisation a monthly schedule when the customer's invoices are to be grouped and it
// has none. 400 with the field.
Result<void> check_organisation(UnitOfWork& work, Customer const* before, Customer& customer);

struct OrganisationChanges {
  std::optional<std::string> name;
  std::optional<std::string> currency;
  std::optional<std::string> country;
  std::optional<OrganisationSchedule> invoice_schedule;
  std::optional<Instant> next_invoice_at;
};
Result<Customer> update_organisation(UnitOfWork& work, CustomerId const& id,
                                     OrganisationChanges const& changes);

}  // namespace tallybook
