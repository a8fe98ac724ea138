// Dates, instants and intervals as cases write them.
#pragma once

#include "calendar/billing_interval.hpp"
#include "golden/check.hpp"

namespace tallybook::golden {

Date day(Json const& value);         // "2026-01-31"; throws BadCase on anything else
Instant instant(Json const& value);  // "2026-01-31T00:00:00Z", likewise
// "month", "quarterly" ...: `count` of them. Throws NotApplicable for others.
BillingInterval named_interval(std::string const& name, int count);

}  // namespace tallybook::golden
