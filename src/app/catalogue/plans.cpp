#include "app/catalogue/plans.hpp"

namespace tallybook {
namespace plans_detail {

constexpr int longest = 1000;

void check_interval(std::optional<Interval> const& interval, std::string field,
                    std::vector<FieldError>& problems) {
  if (!interval) return;
  bool const is_time = interval->period != WirePeriod::once && interval->period != WirePeriod::all;
  if (!is_time)
    problems.push_back({std::move(field) + ".period", "expected days, weeks, months or years"});
  else if (interval->count.value_or(1) < 1 || interval->count.value_or(1) > longest)
    problems.push_back({std::move(field) + ".count", "expected 1 to 1000"});
}

Result<void> check(Plan const& plan) {
  std::vector<FieldError> problems;
  if (plan.name.empty() || plan.name.size() > 255)
    problems.push_back({"name", "expected 1 to 255 characters"});
  check_interval(plan.commitment_interval, "commitment_interval", problems);
  check_interval(plan.trial_interval, "trial_interval", problems);
  if (plan.renew_automatically && !plan.commitment_interval)
    problems.push_back({"renew_automatically", "needs commitment_interval"});
  if (!problems.empty()) return fail(errors::invalid_fields(std::move(problems)));
  return {};
}

}  // namespace plans_detail

Result<Plan> create_plan(UnitOfWork& work, Plan plan) {
  TB_CHECK(plans_detail::check(plan));
  plan.id = work.new_id<PlanTag>();
  plan.created_at = plan.updated_at = work.now();
  work.records<Plan>().insert(plan);
  return plan;
}

Result<Plan> update_plan(UnitOfWork& work, Plan plan) {
  TB_CHECK(plans_detail::check(plan));
  plan.updated_at = work.now();
  work.records<Plan>().update(plan);
  return plan;
}

Result<Plan> set_plan_archived(UnitOfWork& work, PlanId const& id, bool archived) {
  TB_TRY(plan, find_plan(work, id));
  if (plan.archived_at.has_value() == archived) return plan;
  plan.archived_at.reset();
  if (archived) plan.archived_at = work.now();
  plan.updated_at = work.now();
  work.records<Plan>().update(plan);
  return plan;
}

Result<void> delete_plan(UnitOfWork& work, PlanId const& id) {
  TB_TRY(plan, find_plan(work, id));
  if (work.records<Subscription>().count("plan_id = ?", {id.value}) > 0)
    return fail(errors::conflict("Subscriptions were sold with this plan; archive it"));
  if (work.records<PromotionCode>().count("plan_id = ? AND deleted_at IS NULL", {id.value}) > 0)
    return fail(errors::conflict("Promotion codes ask for this plan; it cannot be deleted"));
  for (auto const& configuration :
       work.records<PriceConfiguration>().where("plan_id = ?", {id.value}))
    work.records<PriceConfiguration>().erase(configuration.id.value);
  work.records<Plan>().erase(plan.id.value);
  return {};
}

Result<Plan> find_plan(UnitOfWork& work, PlanId const& id) {
  auto plan = work.records<Plan>().find_for_update(id.value);
  if (!plan) return fail(errors::not_found("Plan"));
  return *std::move(plan);
}

Result<void> check_plan(UnitOfWork& work, std::string const& id, std::string const& path) {
  if (!find_plan(work, PlanId(id))) return fail(errors::invalid_field(path, "no such plan"));
  return {};
}

}  // namespace tallybook
