#include "api/protocol/reply.hpp"
#include "api/subscription/routes.hpp"
#include "api/subscription/valuation_wire.hpp"
#include "app/subscription/valuation.hpp"
#include "money/money.hpp"

namespace tallybook::api {
namespace valuation_routes {

constexpr std::size_t most_subscriptions = 200;

std::vector<ValuationPeriod> periods(std::map<std::string, std::int64_t> const& values) {
  std::vector<ValuationPeriod> list;
  for (auto const& [period, value] : values) list.push_back({period, value});
  return list;
}

SubscriptionValuation to_api(SubscriptionValue const& value, bool with_periods) {
  SubscriptionValuation wire;
  wire.subscription_id = value.subscription.id.value;
  wire.currency = value.subscription.currency;
  wire.contract_value = {value.contract.total, value.contract.invoiced, value.contract.remaining};
  wire.recurring_contract_value = value.contract.recurring;
  wire.arr = {value.fixed_arr, value.variable_arr,
              checked_add(value.fixed_arr, value.variable_arr)};
  if (with_periods) {
    wire.contract_value_by_period = periods(value.contract.by_period);
    wire.recurring_contract_value_by_period = periods(value.contract.recurring_by_period);
  }
  return wire;
}

Result<std::optional<ValuationGranularity>> granularity_of(Call& call) {
  auto const chosen = call.query.option("granularity", {"year", "quarter", "month"});
  TB_CHECK(call.query.check());
  if (!chosen) return std::optional<ValuationGranularity>();
  return reflect::enum_from<ValuationGranularity>(*chosen);
}

Result<Reply> of_subscription(Call& call) {
  TB_TRY(granularity, granularity_of(call));
  TB_TRY(value,
         subscription_value(call.services, call.tenant, SubscriptionId(call.id()), granularity));
  return reply_with(to_api(value, granularity.has_value()));
}

void add(CurrencyValuation& total, SubscriptionValuation const& one) {
  auto const plus = [](std::int64_t& sum, std::int64_t amount) { sum = checked_add(sum, amount); };
  plus(total.contract_value.total, one.contract_value.total);
  plus(total.contract_value.invoiced, one.contract_value.invoiced);
  plus(total.contract_value.remaining, one.contract_value.remaining);
  plus(total.recurring_contract_value, one.recurring_contract_value);
  plus(total.arr.fixed, one.arr.fixed);
  plus(total.arr.variable, one.arr.variable);
  plus(total.arr.total, one.arr.total);
}

Result<Reply> of_customer(Call& call) {
  TB_TRY(granularity, granularity_of(call));
  std::vector<std::string> ids;
  bool known = false;
  call.services.database.read([&](SqlSession& sql) {
    ids.clear();
    auto const customer = Records<Customer>(sql, call.tenant).find(call.id());
    known = customer && !customer->deleted_at;
    for (auto const& subscription :
         Records<Subscription>(sql, call.tenant)
             .where("customer_id = ? AND status NOT IN ('draft', 'voided', 'archived') ORDER BY "
                    "created_at, id",
                    {call.id()}))
      ids.push_back(subscription.id.value);
  });
  if (!known) return fail(errors::not_found("Customer"));
  if (ids.size() > most_subscriptions)
    return fail(errors::unprocessable(
        "The customer has more than 200 subscriptions; ask for each of them"));
  CustomerValuation wire;
  wire.customer_id = call.id();
  for (auto const& id : ids) {
    TB_TRY(value, subscription_value(call.services, call.tenant, SubscriptionId(id), granularity));
    auto one = to_api(value, granularity.has_value());
    add(wire.totals[one.currency], one);
    wire.subscriptions.push_back(std::move(one));
  }
  return reply_with(wire);
}

}  // namespace valuation_routes

// A table: one route a line.
// clang-format off
void add_valuation_routes(Router& router) {
  using namespace valuation_routes;
  std::vector<QueryParameter> const granularity = {{"granularity", "year, quarter or month: the values by period as well"}};
  router.add({"GET", "/v1/subscriptions/{id}/valuation", "Subscriptions", "What a subscription is worth over its contract", RouteKind::free, "subscriptions", 200, {}, schema<SubscriptionValuation>(), granularity, of_subscription});
  router.add({"GET", "/v1/customers/{id}/valuation", "Customers", "What a customer's subscriptions are worth", RouteKind::free, "customers", 200, {}, schema<CustomerValuation>(), granularity, of_customer});
}
// clang-format on

}  // namespace tallybook::api
