// Plans: products sold together under a name, with the commitment and the trial they come with.
// Legacy: templates say more (PRD-8).
#pragma once

#include "domain/catalogue/product.hpp"

namespace tallybook {

struct PlanTag {
  static constexpr char const* prefix = "plan";
};
using PlanId = Id<PlanTag>;

struct Plan {
  PlanId id;
  std::string name;
  std::optional<std::string> description;
  std::optional<Interval> commitment_interval;  // none: for no time
  bool renew_automatically = false;
  std::optional<Interval> trial_interval;
  JsonText products{"[]"};  // as the body of a subscription names them
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> archived_at;  // not sold any more
};
BOOST_DESCRIBE_STRUCT(Plan, (),
                      (id, name, description, commitment_interval, renew_automatically,
                       trial_interval, products, created_at, updated_at, archived_at))

}  // namespace tallybook
