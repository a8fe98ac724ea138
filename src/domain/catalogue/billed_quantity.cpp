#include "domain/catalogue/billed_quantity.hpp"

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {

Exact converted_units(Exact const& raw, Exact const& divide_by, std::optional<Rounding> rounding) {
  TB_ASSERT(divide_by > 0);
  Exact const units = raw / divide_by;
  return rounding ? units.rounded(0, *rounding) : units;
}

Exact committed_quantity(Exact const& used, std::optional<Exact> const& committed) {
  return committed ? TB_MUTANT(51, max(used, *committed), used + *committed) : used;
}

}  // namespace tallybook
