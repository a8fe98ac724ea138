// Taxes as cases write them: rates, lines and the policies about their rounding.
#pragma once

#include "domain/invoice/totals.hpp"
#include "golden/check.hpp"

namespace tallybook::golden {

// What the policy tax.rounding_level names; our default without it.
TaxRounding tax_rounding(Policy const& policy);
// The values of that policy.
std::vector<std::string> tax_rounding_levels();

// A rate in percent; throws BadCase when it is negative.
Exact rate_of(Json const& value);
// Tax figures of one amount at one rate, rounded once.
std::int64_t tax_on(Exact const& net, Exact const& rate);

}  // namespace tallybook::golden
