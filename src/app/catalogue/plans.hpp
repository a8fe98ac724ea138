// Commands of plans (PRD-8).
#pragma once

#include "app/unit_of_work.hpp"
#include "domain/catalogue/plan.hpp"

namespace tallybook {

Result<Plan> create_plan(UnitOfWork& work, Plan plan);
// What was sold with it stays as it is.
Result<Plan> update_plan(UnitOfWork& work, Plan plan);
Result<Plan> set_plan_archived(UnitOfWork& work, PlanId const& id, bool archived);
// With its price configurations; 409 once a subscription was sold with it or a code asks for it.
Result<void> delete_plan(UnitOfWork& work, PlanId const& id);

// Locked: it must not be deleted while something of it is written.
Result<Plan> find_plan(UnitOfWork& work, PlanId const& id);
// Fails at `path` when there is no such plan.
Result<void> check_plan(UnitOfWork& work, std::string const& id, std::string const& path);

}  // namespace tallybook
