#include <algorithm>

#include "api/protocol/list.hpp"
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

std::vector<ArrHistoryEntry> entries_of(std::string const& id, ArrHistory const& history) {
  std::vector<ArrHistoryEntry> entries;
  ArrStep before;
  for (auto const& step : history.steps) {
    entries.push_back({step.at, id, history.currency, before.fixed, before.variable,
                       checked_add(before.fixed, before.variable), step.fixed, step.variable,
                       checked_add(step.fixed, step.variable)});
    before = step;
  }
  return entries;
}

// A place in the history: entries of several subscriptions may share a moment.
std::string place_of(ArrHistoryEntry const& entry) {
  std::string const ms = std::to_string(entry.occurred_at.ms);
  return std::string(20 - std::min<std::size_t>(ms.size(), 20), '0') + ms + " " +
         entry.subscription_id;
}

// Newest first, or as asked for; a page goes on behind the place its cursor names.
template <class Entries>
Result<Reply> arr_page(Call& call, Entries&& entries_of_call) {
  TB_TRY(page, cursor_page(call.query, {"occurred_at"}));
  auto const from = call.query.instant("occurred_at__gte");
  auto const to = call.query.instant("occurred_at__lte");
  TB_CHECK(call.query.check());
  if (!page.after_id.empty() && page.after_id.find(' ') == std::string::npos)
    return fail(errors::invalid("Invalid cursor"));
  Result<std::vector<ArrHistoryEntry>> found = entries_of_call();
  if (!found) return fail(found.error());
  auto entries = *std::move(found);
  std::ranges::sort(entries, {}, place_of);
  if (!page.ascending) std::ranges::reverse(entries);
  std::erase_if(entries, [&](ArrHistoryEntry const& entry) {
    return (from && entry.occurred_at < *from) || (to && entry.occurred_at > *to);
  });
  std::size_t const total = entries.size();
  std::erase_if(entries, [&](ArrHistoryEntry const& entry) {
    if (page.after_id.empty()) return false;
    std::string const place = place_of(entry);
    return page.ascending ? place <= page.after_id : place >= page.after_id;
  });
  bool const more = entries.size() > static_cast<std::size_t>(page.limit);
  if (more) entries.resize(static_cast<std::size_t>(page.limit));
  std::string body = "{\"data\":" + reflect::to_text(entries) + ",\"next_cursor\":";
  body += more ? "\"" + encode_cursor(place_of(entries.back()), page.sort, page.ascending) +
                     "\",\"has_more\":true"
               : "null,\"has_more\":false";
  if (page.include_total) body += ",\"total\":" + std::to_string(total);
  return Reply{200, body + "}"};
}

Result<std::vector<ArrHistoryEntry>> arr_entries(Call& call, std::string const& id) {
  TB_TRY(history, arr_history(*call.sql, call.tenant, SubscriptionId(id),
                              tenant_now(*call.sql, call.tenant, call.services.clock)));
  return entries_of(id, history);
}

Result<Reply> arr_history_of(Call& call) {
  return arr_page(call, [&] { return arr_entries(call, call.id()); });
}

// Of all subscriptions the customer has or had, each version on its own.
Result<Reply> arr_history_of_customer(Call& call) {
  return arr_page(call, [&]() -> Result<std::vector<ArrHistoryEntry>> {
    auto const customer = Records<Customer>(*call.sql, call.tenant).find(call.id());
    if (!customer || customer->deleted_at) return fail(errors::not_found("Customer"));
    auto const subscriptions =
        Records<Subscription>(*call.sql, call.tenant)
            .where("customer_id = ? AND activated_at IS NOT NULL ORDER BY created_at, id",
                   {call.id()});
    if (subscriptions.size() > most_subscriptions)
      return fail(errors::unprocessable(
          "The customer has had more than 200 subscriptions; ask for each of them"));
    std::vector<ArrHistoryEntry> all;
    for (auto const& subscription : subscriptions) {
      TB_TRY(entries, arr_entries(call, subscription.id.value));
      std::ranges::move(entries, std::back_inserter(all));
    }
    return all;
  });
}

}  // namespace valuation_routes

// A table: one route a line.
// clang-format off
void add_valuation_routes(Router& router) {
  using namespace valuation_routes;
  std::vector<QueryParameter> const granularity = {{"granularity", "year, quarter or month: the values by period as well"}};
  router.add({"GET", "/v1/subscriptions/{id}/valuation", "Subscriptions", "What a subscription is worth over its contract", RouteKind::free, "subscriptions", 200, {}, schema<SubscriptionValuation>(), granularity, of_subscription});
  auto parameters = cursor_parameters({}, {"occurred_at"});
  parameters.push_back({"occurred_at__gte", "from, inclusive"});
  parameters.push_back({"occurred_at__lte", "to, inclusive"});
  router.add({"GET", "/v1/subscriptions/{id}/arr-history", "Subscriptions", "How the annual value of a subscription changed", RouteKind::read, "subscriptions", 200, {}, cursor_schema<ArrHistoryEntry>(), parameters, arr_history_of});
  router.add({"GET", "/v1/customers/{id}/arr-history", "Customers", "How the annual value of a customer's subscriptions changed", RouteKind::read, "customers", 200, {}, cursor_schema<ArrHistoryEntry>(), parameters, arr_history_of_customer});
  router.add({"GET", "/v1/customers/{id}/valuation", "Customers", "What a customer's subscriptions are worth", RouteKind::free, "customers", 200, {}, schema<CustomerValuation>(), granularity, of_customer});
}
// clang-format on

}  // namespace tallybook::api
