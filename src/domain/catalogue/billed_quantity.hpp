// What happens to a quantity before it is priced: unit conversion and committed counts.
#pragma once

#include <optional>

#include "money/exact.hpp"

namespace tallybook {

// `raw` in a larger unit (bytes to gigabytes): raw / divide_by, rounded to whole units only when a
// rounding is given. Asserts that divide_by is above 0.
Exact converted_units(Exact const& raw, Exact const& divide_by, std::optional<Rounding> rounding);

// USE-12: the committed count when fewer units were used.
Exact committed_quantity(Exact const& used, std::optional<Exact> const& committed);

}  // namespace tallybook
