// Products, price configurations and prices on the wire.
#pragma once

#include <map>

#include "api/customer/wire.hpp"
#include "domain/catalogue/product.hpp"
#include "reflect/patch.hpp"

namespace tallybook::api {

// The union of all price variants; a response carries the fields of its type (price_json).
struct Price {
  std::optional<std::string> id;
  PriceType type{};
  std::optional<Exact> from;
  std::optional<Exact> to;
  std::optional<Exact> amount;
  std::optional<Exact> unit_count;
  std::optional<OnIncomplete> on_tier_incomplete;
  std::optional<OnIncomplete> on_bucket_incomplete;
  std::optional<Exact> percentage;
  std::optional<Exact> per_unit_cap;
  std::optional<Exact> per_unit_floor;
  std::optional<Exact> per_unit_fee;
  std::optional<Exact> pack_size;
  std::optional<Exact> flat_amount;     // extension: once when the tier is entered
  std::optional<Exact> max_amount;      // extension: the most the tier costs
  std::optional<Exact> overage_amount;  // extension: of each credit used beyond the balance
};
BOOST_DESCRIBE_STRUCT(Price, (),
                      (id, type, from, to, amount, unit_count, on_tier_incomplete,
                       on_bucket_incomplete, percentage, per_unit_cap, per_unit_floor, per_unit_fee,
                       pack_size, flat_amount, max_amount, overage_amount))

// ---- filters of events, and prices by them (extensions) ---------------------------------------

struct AggregatorWhereField {
  std::string property;
  std::string operator_;
  std::optional<Value> value;
};
BOOST_DESCRIBE_STRUCT(AggregatorWhereField, (), (property, operator_, value))

struct AggregatorWhere {
  FilterConditional conditional = FilterConditional::and_;
  std::vector<AggregatorWhereField> fields;
};
BOOST_DESCRIBE_STRUCT(AggregatorWhere, (), (conditional, fields))

// Prices of the events that pass the filter; the first group that takes an event prices it.
struct PriceGroupInput {
  std::string name;
  AggregatorWhere filter;
  std::vector<Price> prices;
};
BOOST_DESCRIBE_STRUCT(PriceGroupInput, (), (name, filter, prices))

// Where billing systems disagree; absent ones keep the default.
struct PriceOptionsInput {
  std::optional<VolumeMeans> volume;
  std::optional<FlatAmounts> flat_amounts;
  std::optional<bool> flat_at_zero;
  std::optional<PercentageMeans> percentage;
  std::optional<bool> fee_inside_clamp;
  std::optional<std::int64_t> free_events;
  std::optional<Exact> free_amount;
  std::optional<bool> floor_at_zero;
};
BOOST_DESCRIBE_STRUCT(PriceOptionsInput, (),
                      (volume, flat_amounts, flat_at_zero, percentage, fee_inside_clamp,
                       free_events, free_amount, floor_at_zero))

// What usage takes from a balance: a weight, or prices in credits (extension).
struct CreditAggregatorV1 {
  std::string aggregator_id;
  std::optional<Exact> weight;
  std::optional<std::vector<Price>> prices;
  std::optional<PriceOptionsInput> price_options;
  std::optional<Interval> reset_interval;
};
BOOST_DESCRIBE_STRUCT(CreditAggregatorV1, (),
                      (aggregator_id, weight, prices, price_options, reset_interval))

struct PriceConfigurationV1 {
  std::string id;
  std::string product_id;
  std::optional<std::string> price_book_id;
  CatalogueStatus status{};
  std::string currency;
  std::optional<std::string> country;
  std::optional<std::vector<std::string>> countries;
  std::optional<std::string> plan_id;
  std::optional<Interval> billing_interval;
  std::optional<Interval> commitment_interval;
  PriceType type{};
  JsonText metering_filter;
  std::vector<Price> prices;
  std::vector<IntegrationRef> integrations;
  Instant updated_at;
  std::optional<Instant> archived_at;
  std::optional<std::string> group_by;             // extension
  std::optional<PriceOptionsInput> price_options;  // extension
};
BOOST_DESCRIBE_STRUCT(PriceConfigurationV1, (),
                      (id, product_id, price_book_id, status, currency, country, countries, plan_id,
                       billing_interval, commitment_interval, type, metering_filter, prices,
                       integrations, updated_at, archived_at, group_by, price_options))

struct ProductPriceConfigurationInput {
  std::string currency;
  Patch<std::string> country;
  Patch<std::string> plan_id;
  Patch<std::string> price_book_id;
  std::optional<Interval> billing_interval;
  std::optional<Interval> commitment_interval;
  PriceType type{};
  std::vector<Price> prices;
  std::optional<AggregatorWhere> metering_filter;  // extensions
  std::optional<std::string> group_by;
  std::optional<PriceOptionsInput> price_options;
};
BOOST_DESCRIBE_STRUCT(ProductPriceConfigurationInput, (),
                      (currency, country, plan_id, price_book_id, billing_interval,
                       commitment_interval, type, prices, metering_filter, group_by, price_options))

struct PriceConfigurationCreate : ProductPriceConfigurationInput {
  std::string product_id;
};
BOOST_DESCRIBE_STRUCT(PriceConfigurationCreate, (ProductPriceConfigurationInput), (product_id))

struct ProductTranslation {
  std::optional<std::string> name;
  std::optional<std::string> public_description;
};
BOOST_DESCRIBE_STRUCT(ProductTranslation, (), (name, public_description))

struct ProductAccounting {
  std::optional<std::string> account_code;
  std::optional<std::string> product_code;
  std::optional<std::string> tax_rate_id;
  std::vector<IntegrationRef> integrations;
};
BOOST_DESCRIBE_STRUCT(ProductAccounting, (),
                      (account_code, product_code, tax_rate_id, integrations))

struct ProductAccountingInput {
  std::optional<std::string> account_code;
  std::optional<std::string> product_code;
  std::optional<std::string> tax_rate_id;
};
BOOST_DESCRIBE_STRUCT(ProductAccountingInput, (), (account_code, product_code, tax_rate_id))

struct ProductSummary {
  std::string id;
  ProductType type{};
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> public_description;
  bool description_display_interval_dates = false;
  std::map<std::string, ProductTranslation> translations;
  CatalogueStatus status{};
  JsonText properties;
  JsonText custom_properties;
  std::map<std::string, ProductAccounting> accounting;
  ProductTaxCategory tax_category{};  // extension
  bool is_available_on_demand = true;
  bool is_available_on_subscription = true;
  std::optional<std::string> unit_name;
  std::optional<std::string> aggregator_id;
  std::vector<CreditAggregatorV1> credit_aggregators;
  std::optional<Exact> low_credits_threshold;
  std::optional<CreditsGrantMode> credits_grant_mode;
  std::vector<BundleItem> bundle_items;
  std::vector<IntegrationRef> integrations;
};
BOOST_DESCRIBE_STRUCT(ProductSummary, (),
                      (id, type, name, description, public_description,
                       description_display_interval_dates, translations, status, properties,
                       custom_properties, accounting, tax_category, is_available_on_demand,
                       is_available_on_subscription, unit_name, aggregator_id, credit_aggregators,
                       low_credits_threshold, credits_grant_mode, bundle_items, integrations))

struct ProductV1 : ProductSummary {
  std::vector<PriceConfigurationV1> price_configurations;
};
BOOST_DESCRIBE_STRUCT(ProductV1, (ProductSummary), (price_configurations))

struct AggregatorThresholdInput {
  std::optional<std::string> id;
  std::string name;
  Exact threshold_value;
  std::optional<ThresholdComparison> comparison_operator;
};
BOOST_DESCRIBE_STRUCT(AggregatorThresholdInput, (),
                      (id, name, threshold_value, comparison_operator))

struct AggregatorWrite {
  std::string entity;
  AggregatorOperation operation{};
  std::optional<std::string> property;
  std::optional<AggregatorWhere> where;
  std::optional<AggregatorType> type;
  std::optional<std::string> formula_sql;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<bool> allow_negative_values;
  std::optional<bool> aggregate_on_customers_enabled;
  std::optional<int> default_interval_count;
  std::optional<DefaultPeriod> default_interval_period;
  std::optional<std::string> custom_event_name;
  std::optional<std::vector<std::string>> exposed_event_keys;
  std::optional<std::string> unit_name;
  std::optional<std::vector<AggregatorThresholdInput>> thresholds;
};
BOOST_DESCRIBE_STRUCT(AggregatorWrite, (),
                      (entity, operation, property, where, type, formula_sql, name, description,
                       allow_negative_values, aggregate_on_customers_enabled,
                       default_interval_count, default_interval_period, custom_event_name,
                       exposed_event_keys, unit_name, thresholds))

struct AggregatorV1 {
  std::string id;
  std::string entity;
  AggregatorOperation operation{};
  std::optional<std::string> property;
  std::optional<AggregatorWhere> where;
  AggregatorType type{};
  std::optional<std::string> formula_sql;
  std::optional<std::string> name;
  std::optional<std::string> description;
  bool allow_negative_values = false;
  bool aggregate_on_customers_enabled = false;
  std::optional<int> default_interval_count;
  std::optional<DefaultPeriod> default_interval_period;
  std::optional<std::string> custom_event_name;
  std::vector<std::string> exposed_event_keys;
  std::optional<std::string> unit_name;
  std::vector<AggregatorThreshold> thresholds;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(AggregatorV1, (),
                      (id, entity, operation, property, where, type, formula_sql, name, description,
                       allow_negative_values, aggregate_on_customers_enabled,
                       default_interval_count, default_interval_period, custom_event_name,
                       exposed_event_keys, unit_name, thresholds, created_at, updated_at))

// one_off is the older name of flat_fee.
BOOST_DEFINE_ENUM_CLASS(ProductTypeInput, flat_fee, one_off, seat, dynamic, credit, bundle)

struct ProductUpdate {
  std::string name;
  Patch<std::string> description;
  Patch<std::string> public_description;
  Patch<std::map<std::string, ProductTranslation>> translations;
  Patch<bool> is_available_on_demand;
  Patch<bool> is_available_on_subscription;
  Patch<std::map<std::string, Value>> properties;
  Patch<std::map<std::string, Value>> custom_properties;
  Patch<std::map<std::string, ProductAccountingInput>> accounting;
  Patch<ProductTaxCategory> tax_category;  // extension
};
BOOST_DESCRIBE_STRUCT(ProductUpdate, (),
                      (name, description, public_description, translations, is_available_on_demand,
                       is_available_on_subscription, properties, custom_properties, accounting,
                       tax_category))

struct ProductCreate : ProductUpdate {
  ProductTypeInput type{};
  Patch<bool> description_display_interval_dates;
  std::vector<ProductPriceConfigurationInput> price_configurations;
  std::optional<AggregatorWrite> aggregator;
  std::optional<std::string> aggregator_id;
  std::optional<std::string> unit_name;
  std::optional<bool> is_connected_seat_item;
  std::optional<std::vector<CreditAggregatorV1>> credit_aggregators;
  std::optional<Exact> low_credits_threshold;
  std::optional<CreditsGrantMode> credits_grant_mode;
  std::optional<std::string> display_mode;
  std::optional<bool> exclusive_items_enabled;
  std::optional<std::vector<BundleItem>> bundle_items;
};
BOOST_DESCRIBE_STRUCT(ProductCreate, (ProductUpdate),
                      (type, description_display_interval_dates, price_configurations, aggregator,
                       aggregator_id, unit_name, is_connected_seat_item, credit_aggregators,
                       low_credits_threshold, credits_grant_mode, display_mode,
                       exclusive_items_enabled, bundle_items))

}  // namespace tallybook::api
