// Custom tax rates: what an account calls a rate of its own and maps to products (TAX-1).
#pragma once

#include <boost/describe/class.hpp>
#include <optional>
#include <string>

#include "base/id.hpp"
#include "base/instant.hpp"
#include "money/exact.hpp"

namespace tallybook {

struct TaxRateTag {
  static constexpr char const* prefix = "taxr";
};
using TaxRateId = Id<TaxRateTag>;

struct TaxRate {
  TaxRateId id;
  std::string name;
  std::optional<std::string> description;
  Exact rate;                                      // percent, 0 to 100
  std::optional<std::string> country;              // where it holds; empty: where the seller is
  std::optional<std::string> invoicing_entity_id;  // whose it is; empty: every entity's
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(TaxRate, (),
                      (id, name, description, rate, country, invoicing_entity_id, created_at,
                       updated_at))

}  // namespace tallybook
