// Customers: create, update, archive, unarchive, delete; each with its outbox row.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Fills what is absent (entity, country, language, zone, domain) and checks the rest. 409 when
// the external id is taken.
Result<Customer> create_customer(UnitOfWork& work, Customer customer, bool language_given);
// `customer` is the whole new state; the currency may change only while there are no invoices.
Result<Customer> update_customer(UnitOfWork& work, Customer const& customer);
Result<Customer> archive_customer(UnitOfWork& work, CustomerId const& id);
Result<Customer> unarchive_customer(UnitOfWork& work, CustomerId const& id);
Result<void> delete_customer(UnitOfWork& work, CustomerId const& id);

// The contract's country codes: two upper-case letters, or one of ES-CE, ES-ML, PT-20, PT-30.
bool is_country_code(std::string const& code);

// Not deleted. By our id only.
Result<Customer> find_customer(UnitOfWork& work, CustomerId const& id);
// By our id or the caller's external id, as events name them.
std::optional<Customer> find_customer_by_reference(SqlSession& sql, Tenant const& tenant,
                                                   std::string const& reference);

}  // namespace tallybook
