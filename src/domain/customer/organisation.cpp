#include "domain/customer/organisation.hpp"

#include "base/mutant.hpp"

namespace tallybook {
namespace organisation_detail {

int months_of(OrganisationSchedule schedule) {
  switch (schedule) {
    case OrganisationSchedule::month:
      return 1;
    case OrganisationSchedule::quarter:
      return 3;
    case OrganisationSchedule::year:
      return 12;
  }
  return 1;
}

Date months_after(YearMonthDay from, int months, int day) {
  int const month = from.month - 1 + months;
  return clamped_date(from.year + month / 12, month % 12 + 1, day);
}

}  // namespace organisation_detail

Instant next_organisation_date(Instant at, OrganisationSchedule schedule, int day,
                               TimeZone const& zone) {
  using namespace organisation_detail;
  Date const today = zone.date_of(at);
  Date const next = months_after(split(today), months_of(schedule), day);
  return zone.start_of(next) + (at.ms - zone.start_of(today).ms);
}

Instant first_organisation_date(Instant now, OrganisationSchedule schedule, TimeZone const& zone) {
  using namespace organisation_detail;
  auto const today = split(zone.date_of(now));
  int const months = months_of(schedule);
  return zone.start_of(
      months_after(today, months - (TB_MUTANT(95, today.month - 1, today.month)) % months, 1));
}

OrganisationInvoicing organisation_invoicing(Customer const& customer) {
  if (!customer.organisation_id) return OrganisationInvoicing::none;
  return customer.organisation_invoicing.value_or(OrganisationInvoicing::none);
}

}  // namespace tallybook
