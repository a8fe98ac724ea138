// Plans: legacy, since templates say more, but whole (PRD-8).
#include <set>

#include "api/subscription/codec.hpp"
#include "api/subscription/plan_bodies.hpp"
#include "api/subscription/routes.hpp"
#include "app/catalogue/catalogue.hpp"
#include "app/catalogue/plans.hpp"
#include "base/assert.hpp"

namespace tallybook::api {

struct PlanV1 {
  std::string id;
  std::string name;
  std::optional<std::string> description;
  std::optional<Interval> commitment_interval;
  bool renew_automatically = false;
  std::optional<Interval> trial_interval;
  std::vector<Value> products;
  std::optional<Instant> archived_at;  // extension
};
BOOST_DESCRIBE_STRUCT(PlanV1, (),
                      (id, name, description, commitment_interval, renew_automatically,
                       trial_interval, products, archived_at))

struct PlanWrite {
  std::string name;
  Patch<std::string> description;
  Patch<Interval> commitment_interval;
  std::optional<bool> renew_automatically;
  Patch<Interval> trial_interval;
  std::optional<std::vector<SubscriptionProductInput>> products;
};
BOOST_DESCRIBE_STRUCT(PlanWrite, (),
                      (name, description, commitment_interval, renew_automatically, trial_interval,
                       products))

namespace plan_routes {

PlanV1 to_api(Plan const& plan) {
  PlanV1 wire{plan.id.value,
              plan.name,
              plan.description,
              plan.commitment_interval,
              plan.renew_automatically,
              plan.trial_interval,
              {},
              plan.archived_at};
  auto const products = parse_json(plan.products.text);
  TB_ASSERT(products.has_value() && products->as_array() != nullptr);
  wire.products = *products->as_array();
  return wire;
}

// A price that the product may have, for what has none yet.
void give_any_price(NewLine& line, ProductType type) {
  PriceTier tier;
  tier.type = type == ProductType::credit                                 ? PriceType::bundle
              : type == ProductType::dynamic || type == ProductType::seat ? PriceType::volume
                                                                          : PriceType::fee;
  if (tier.type == PriceType::volume) tier.from = Exact(0);
  line.price_type = tier.type;
  line.prices = {tier};
  if (!line.payment_interval) line.payment_interval = Interval{WirePeriod::months, 1};
}

// Sold in some currency of its prices, or at any price where it has none for the plan yet.
Result<void> check_sale(Call& call, NewLine const& wanted, Product const& product,
                        Plan const& plan) {
  Subscription subscription;
  subscription.plan_id = plan.id.value;
  std::set<std::string> currencies;
  for (auto const& each : configurations_of(call.work->sql(), call.tenant, product.id))
    currencies.insert(each.currency);
  std::optional<Error> refused;
  for (auto const& currency : currencies) {
    subscription.currency = currency;
    auto const sold = make_line(*call.work, wanted, Customer{}, subscription);
    if (sold) return {};
    if (sold.error().fields.empty() || sold.error().fields.front().path != wanted.path)
      refused = sold.error();
  }
  if (refused) return fail(*std::move(refused));
  auto any = wanted;
  give_any_price(any, product.type);
  auto const sold = make_line(*call.work, any, Customer{}, subscription);
  if (!sold) return fail(sold.error());
  return {};
}

// What a subscription of it would refuse is refused here. A plan is sold in every currency: its
// prices are price configurations.
Result<void> check_products(Call& call, std::vector<SubscriptionProductInput> const& products,
                            Plan const& plan) {
  if (products.size() > 100)
    return fail(errors::invalid_field("products", "expected at most 100 products"));
  reflect::Problems problems;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < products.size(); ++i) {
    auto const& each = products[i];
    std::string const path = "products[" + std::to_string(i) + "]";
    TB_TRY(line, to_new_line(each, path, call.services.ids));
    auto const product = call.work->records<Product>().find(line.product_id.value);
    if (!product)
      problems.add(path + ".id", "no such product");
    else if (!product->is_available_on_subscription)
      problems.add(path + ".id", "the product is not sold in subscriptions");
    else if (!seen.insert(each.id).second)
      problems.add(path + ".id", "the product is on the plan already");
    if (each.price || (each.prices && !each.prices->empty()))
      problems.add(path + ".prices",
                   "the prices of a plan are price configurations with its plan_id");
    if (!problems.empty()) continue;
    TB_CHECK(check_sale(call, line, *product, plan));
  }
  if (!problems.empty()) return fail(problems.error());
  return {};
}

Result<void> apply(Call& call, PlanWrite const& write, Plan& plan) {
  plan.name = write.name;
  write.description.apply(plan.description);
  write.commitment_interval.apply(plan.commitment_interval);
  write.trial_interval.apply(plan.trial_interval);
  if (write.renew_automatically) plan.renew_automatically = *write.renew_automatically;
  if (!write.products) return {};
  TB_CHECK(check_products(call, *write.products, plan));
  plan.products.text = to_json_text(*call.body.find("products"));
  return {};
}

Result<Reply> list(Call& call) {
  static std::vector<FilterField> const fields = {{"id", "id"}, {"name", "name"}};
  return offset_list<Plan>(call, fields, {},
                           [](Plan const& plan) { return reflect::to_text(to_api(plan)); });
}

Result<Reply> get(Call& call) {
  auto const plan = Records<Plan>(*call.sql, call.tenant).find(call.id());
  if (!plan) return fail(errors::not_found("Plan"));
  return reply_with(to_api(*plan));
}

Result<Reply> create(Call& call) {
  TB_TRY(write, read_body<PlanWrite>(call));
  Plan plan;
  TB_CHECK(apply(call, write, plan));
  TB_TRY(created, create_plan(*call.work, std::move(plan)));
  return reply_with(to_api(created), 201);
}

Result<Reply> update(Call& call) {
  TB_TRY(write, read_body<PlanWrite>(call));
  TB_TRY(plan, find_plan(*call.work, PlanId(call.id())));
  TB_CHECK(apply(call, write, plan));
  TB_TRY(updated, update_plan(*call.work, std::move(plan)));
  return reply_with(to_api(updated));
}

Result<Reply> erase(Call& call) {
  TB_CHECK(delete_plan(*call.work, PlanId(call.id())));
  return no_content();
}

Result<Reply> set_archived(Call& call, bool archived) {
  TB_TRY(plan, set_plan_archived(*call.work, PlanId(call.id()), archived));
  return reply_with(to_api(plan));
}

std::vector<SubscriptionProductInput> products_of(Plan const& plan) {
  auto const value = parse_json(plan.products.text);
  TB_ASSERT(value.has_value());
  auto products = reflect::from_value<std::vector<SubscriptionProductInput>>(*value);
  TB_ASSERT(products.has_value());
  return *std::move(products);
}

}  // namespace plan_routes

Result<void> fill_from_plan(UnitOfWork& work, SubscriptionPayload& payload, bool newcomer) {
  if (!payload.plan_id) return {};
  auto const refuse = [](char const* reason) {
    return fail(errors::invalid_field("plan_id", reason));
  };
  auto const plan = find_plan(work, PlanId(*payload.plan_id));
  if (!plan) return refuse("no such plan");
  if (plan->archived_at) return refuse("the plan is archived");
  if (payload.template_id) return refuse("give a plan or a template, not both");
  bool const own = (payload.products && !payload.products->empty()) ||
                   (payload.phases && !payload.phases->empty());
  if (!own) {
    payload.products = plan_routes::products_of(*plan);
    if (payload.products->empty()) return refuse("the plan has no products; give some");
    if (newcomer && plan->trial_interval && !payload.trial && !payload.trial_ends_at) {
      SubscriptionTrialInput trial;
      trial.end_strategy = PhaseEnd::duration;
      trial.duration = Duration{
          plan->trial_interval->count.value_or(1),
          *reflect::enum_from<DurationPeriod>(reflect::enum_name(plan->trial_interval->period))};
      payload.trial = trial;
    }
  }
  bool const contract =
      payload.contract_terms || payload.commitment_interval || payload.contract_end;
  if (!contract && plan->commitment_interval) {
    payload.commitment_interval = plan->commitment_interval;
    if (!payload.renew_automatically) payload.renew_automatically = plan->renew_automatically;
  }
  return {};
}

// A table: one route a line.
// clang-format off
void add_plan_routes(Router& router) {
  using namespace plan_routes;
  char const* const tag = "Plans";
  char const* const scope = "products";
  router.add({"GET", "/v1/plans", tag, "List plans (legacy: see templates)", RouteKind::read, scope, 200, {}, offset_schema<PlanV1>(), offset_parameters({{"id", "id"}, {"name", "name"}}), list});
  router.add({"POST", "/v1/plans", tag, "Create a plan", RouteKind::write, scope, 201, schema<PlanWrite>(), schema<PlanV1>(), {}, create});
  router.add({"GET", "/v1/plans/{id}", tag, "Get a plan", RouteKind::read, scope, 200, {}, schema<PlanV1>(), {}, get});
  router.add({"PUT", "/v1/plans/{id}", tag, "Update a plan; what was sold with it stays", RouteKind::write, scope, 200, schema<PlanWrite>(), schema<PlanV1>(), {}, update});
  router.add({"DELETE", "/v1/plans/{id}", tag, "Delete a plan no subscription was sold with", RouteKind::write, scope, 204, {}, {}, {}, erase});
  router.add({"PUT", "/v1/plans/{id}/archive", tag, "Archive a plan: it is not sold any more", RouteKind::write, scope, 200, {}, schema<PlanV1>(), {}, [](Call& call) { return set_archived(call, true); }});
  router.add({"PUT", "/v1/plans/{id}/unarchive", tag, "Sell a plan again", RouteKind::write, scope, 200, {}, schema<PlanV1>(), {}, [](Call& call) { return set_archived(call, false); }});
}
// clang-format on

}  // namespace tallybook::api
