// The tax numbers of customers: judged by their digits at once, by the state's register in the
// background. A register that does not answer never stops anything.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// 400 with the path when a tax id cannot be one at all: empty, longer than 64 bytes, control
// characters.
void check_tax_ids(std::vector<TaxId> const& tax_ids, std::vector<FieldError>& problems);

// Gives each tax id its status: unknown for a state we know nothing of, invalid for wrong shape or
// check digits, what the register said where that is still fresh, else pending and a check that is
// due now; valid where there is no register to ask. `customer` has its id already; the caller
// stores it.
void assess_tax_ids(UnitOfWork& work, Customer& customer);

// Asks the register about numbers that are due and writes down what it said: the status of the
// customer's number changes, with customer.updated. At most `most` calls; returns how many were
// made.
int check_tax_numbers(Services& services, Tenant const& tenant, int most = 20);

}  // namespace tallybook
