// Price books: named sets of prices that customers may carry instead of the default ones (PRD-7).
#pragma once

#include "domain/catalogue/product.hpp"

namespace tallybook {

struct PriceBookTag {
  static constexpr char const* prefix = "prib";
};
using PriceBookId = Id<PriceBookTag>;

struct PriceBook {
  PriceBookId id;
  std::string name;
  std::optional<std::string> description;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(PriceBook, (), (id, name, description, created_at, updated_at))

}  // namespace tallybook
