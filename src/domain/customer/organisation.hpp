// When an organisation is invoiced for the customers that belong to it (ORG-2).
#pragma once

#include "calendar/zone.hpp"
#include "domain/customer/customer.hpp"

namespace tallybook {

// The next date after `at`: a month, quarter or year on, on the local day `day` of the month, or on
// its last one where the month is shorter; at the same distance from midnight.
[[nodiscard]] Instant next_organisation_date(Instant at, OrganisationSchedule schedule, int day,
                                             TimeZone const& zone);

// Where nobody gave a date: the start of the next calendar month, quarter or year.
[[nodiscard]] Instant first_organisation_date(Instant now, OrganisationSchedule schedule,
                                              TimeZone const& zone);

// The mode in force: none without an organisation.
[[nodiscard]] OrganisationInvoicing organisation_invoicing(Customer const& customer);

}  // namespace tallybook
