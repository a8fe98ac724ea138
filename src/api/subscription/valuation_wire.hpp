// What subscriptions and customers are worth, on the wire.
#pragma once

#include <map>
#include <optional>

#include "domain/subscription/valuation.hpp"

namespace tallybook::api {

struct ContractValue {
  std::int64_t total = 0;
  std::int64_t invoiced = 0;
  std::int64_t remaining = 0;
};
BOOST_DESCRIBE_STRUCT(ContractValue, (), (total, invoiced, remaining))

struct ArrValue {
  std::int64_t fixed = 0;
  std::int64_t variable = 0;
  std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(ArrValue, (), (fixed, variable, total))

struct ValuationPeriod {
  std::string period;
  std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(ValuationPeriod, (), (period, value))

struct SubscriptionValuation {
  std::string subscription_id;
  std::string currency;
  ContractValue contract_value;
  std::int64_t recurring_contract_value = 0;
  ArrValue arr;
  std::optional<std::vector<ValuationPeriod>> contract_value_by_period;
  std::optional<std::vector<ValuationPeriod>> recurring_contract_value_by_period;
};
BOOST_DESCRIBE_STRUCT(SubscriptionValuation, (),
                      (subscription_id, currency, contract_value, recurring_contract_value, arr,
                       contract_value_by_period, recurring_contract_value_by_period))

struct CurrencyValuation {
  ContractValue contract_value;
  std::int64_t recurring_contract_value = 0;
  ArrValue arr;
};
BOOST_DESCRIBE_STRUCT(CurrencyValuation, (), (contract_value, recurring_contract_value, arr))

struct CustomerValuation {
  std::string customer_id;
  std::vector<SubscriptionValuation> subscriptions;
  std::map<std::string, CurrencyValuation> totals;
};
BOOST_DESCRIBE_STRUCT(CustomerValuation, (), (customer_id, subscriptions, totals))

// A change of the annual value.
struct ArrHistoryEntry {
  Instant occurred_at;
  std::string subscription_id;
  std::string currency;
  std::int64_t previous_fixed_arr = 0;
  std::int64_t previous_variable_arr = 0;
  std::int64_t previous_total_arr = 0;
  std::int64_t current_fixed_arr = 0;
  std::int64_t current_variable_arr = 0;
  std::int64_t current_total_arr = 0;
};
BOOST_DESCRIBE_STRUCT(ArrHistoryEntry, (),
                      (occurred_at, subscription_id, currency, previous_fixed_arr,
                       previous_variable_arr, previous_total_arr, current_fixed_arr,
                       current_variable_arr, current_total_arr))

}  // namespace tallybook::api
