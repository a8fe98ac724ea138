// Products, price configurations, aggregators as they are kept.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "base/id.hpp"
#include "base/instant.hpp"
#include "base/json_text.hpp"
#include "calendar/billing_interval.hpp"
#include "domain/catalogue/price.hpp"
#include "domain/tax/tax_scheme.hpp"
#include "domain/usage/aggregator.hpp"

namespace tallybook {

struct ProductTag {
  static constexpr char const* prefix = "itm";
};
using ProductId = Id<ProductTag>;
struct PriceConfigurationTag {
  static constexpr char const* prefix = "prc";
};
using PriceConfigurationId = Id<PriceConfigurationTag>;
struct AggregatorTag {
  static constexpr char const* prefix = "agg";
};
using AggregatorId = Id<AggregatorTag>;

BOOST_DEFINE_ENUM_CLASS(ProductType, flat_fee, seat, dynamic, credit, bundle)
BOOST_DEFINE_ENUM_CLASS(CatalogueStatus, active, archived)
BOOST_DEFINE_ENUM_CLASS(WirePeriod, days, weeks, months, years, once, all)

// An interval as the API writes it: {period, count}; once and all have no count.
struct Interval {
  WirePeriod period = WirePeriod::months;
  std::optional<int> count;
  friend bool operator==(Interval const&, Interval const&) = default;
};
BOOST_DESCRIBE_STRUCT(Interval, (), (period, count))

// Asserts that the period is not `all`.
BillingInterval to_billing_interval(Interval const& interval);
Interval to_interval(BillingInterval interval);

BOOST_DESCRIBE_STRUCT(PriceTier, (),
                      (id, type, from, to, amount, unit_count, on_incomplete, percentage,
                       per_unit_cap, per_unit_floor, per_unit_fee, pack_size, flat_amount,
                       max_amount, overage_amount))
BOOST_DESCRIBE_ENUM(VolumeMeans, graduated, all_units)
BOOST_DESCRIBE_ENUM(FlatAmounts, each_entered, reached_only)
BOOST_DESCRIBE_ENUM(PercentageMeans, per_event, graduated_total)
BOOST_DESCRIBE_STRUCT(PriceOptions, (),
                      (volume, flat_amounts, flat_at_zero, percentage, fee_inside_clamp,
                       free_events, free_amount, floor_at_zero))
BOOST_DESCRIBE_ENUM(RecordValue::Kind, null, boolean, number, text)
BOOST_DESCRIBE_STRUCT(RecordValue, (), (kind, text))
BOOST_DESCRIBE_STRUCT(FilterField, (), (property, op, values))
BOOST_DESCRIBE_STRUCT(EventFilter, (), (conditional, fields))

// Prices of the events that pass a filter, instead of the general ones (PRD-6).
struct PriceGroup {
  std::string name;  // shown on the invoice line
  EventFilter filter;
  std::vector<PriceTier> prices;
};
BOOST_DESCRIBE_STRUCT(PriceGroup, (), (name, filter, prices))

// A part of a bundle, and its share of the bundle's price.
struct BundleItem {
  std::string product_id;
  Exact percentage;
};
BOOST_DESCRIBE_STRUCT(BundleItem, (), (product_id, percentage))

// What a period in part brings of the credits it is sold with (policies: CRE-8).
BOOST_DEFINE_ENUM_CLASS(CreditsGrantMode, prorated, full_allowance)

struct CreditAggregator {
  std::string aggregator_id;
  Exact weight = 1;  // credits per unit of usage (CRE-2)
  // Extension: prices in credits instead of the weight. Their tiers begin anew with every
  // reset_interval, counted from the day the balance was opened; without one they never do.
  std::optional<std::vector<PriceTier>> prices;
  std::optional<PriceOptions> price_options;
  std::optional<Interval> reset_interval;
};
BOOST_DESCRIBE_STRUCT(CreditAggregator, (),
                      (aggregator_id, weight, prices, price_options, reset_interval))

struct Product {
  ProductId id;
  ProductType type = ProductType::flat_fee;
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> public_description;
  bool description_display_interval_dates = false;
  JsonText translations{"{}"};
  CatalogueStatus status = CatalogueStatus::active;
  JsonText properties;
  JsonText custom_properties{"{}"};
  JsonText accounting{"{}"};
  ProductTaxCategory tax_category = ProductTaxCategory::standard;
  bool is_available_on_demand = true;
  bool is_available_on_subscription = true;
  std::optional<std::string> unit_name;
  std::optional<std::string> aggregator_id;
  std::vector<CreditAggregator> credit_aggregators;
  std::optional<Exact> low_credits_threshold;
  bool is_connected_seat_item = false;                 // seats: counted by its aggregator (SEA-2)
  std::optional<CreditsGrantMode> credits_grant_mode;  // credit products; absent: prorated
  std::vector<BundleItem> bundle_items;                // bundles; fixed with the product
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(Product, (),
                      (id, type, name, description, public_description,
                       description_display_interval_dates, translations, status, properties,
                       custom_properties, accounting, tax_category, is_available_on_demand,
                       is_available_on_subscription, unit_name, aggregator_id, credit_aggregators,
                       low_credits_threshold, is_connected_seat_item, credits_grant_mode,
                       bundle_items, created_at, updated_at))

struct PriceConfiguration {
  PriceConfigurationId id;
  ProductId product_id;
  CatalogueStatus status = CatalogueStatus::active;
  std::string currency;
  std::optional<std::string> country;
  std::optional<Interval> billing_interval;
  std::optional<Interval> commitment_interval;
  PriceType type = PriceType::fee;
  std::vector<PriceTier> prices;
  std::optional<std::string> price_book_id;
  std::optional<std::string> plan_id;  // sold with this plan alone (PRD-8)
  // Extensions (PRD-6): prices of the events that pass the filter, beside those of a configuration
  // without one; each value of a property priced on its own.
  std::optional<EventFilter> metering_filter;
  std::optional<std::string> group_by;
  std::optional<PriceOptions> price_options;
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> archived_at;
};
BOOST_DESCRIBE_STRUCT(PriceConfiguration, (),
                      (id, product_id, status, currency, country, billing_interval,
                       commitment_interval, type, prices, price_book_id, plan_id, metering_filter,
                       group_by, price_options, created_at, updated_at, archived_at))

// A bundle's net over its items: exact shares, largest remainder, in minor units; sums to `net`.
[[nodiscard]] std::vector<std::int64_t> split_over_items(std::int64_t net,
                                                         std::vector<BundleItem> const& items);

// Which price types a product type may carry (PRD-3).
[[nodiscard]] bool may_carry(ProductType product, PriceType price);

// What a product is sold with: it decides which of its prices hold.
struct SoldWith {
  std::string currency;
  std::optional<std::string> country = std::nullopt;
  std::optional<Interval> interval = std::nullopt;  // none: that of the price
  std::optional<std::string> price_book = std::nullopt;
  std::optional<std::string> plan = std::nullopt;
  std::optional<Interval> commitment = std::nullopt;  // none: the contract is not for a time
};

// The configuration that prices a product: active, of the currency, and of the country, interval,
// price book, plan and commitment of the sale or of any. A price book goes before a plan, a plan
// before a commitment, that before a country, that before an interval; the oldest wins among equals
// (PRD-4, PRD-7, PRD-8). nullptr when none fits.
[[nodiscard]] PriceConfiguration const* best_match(
    std::vector<PriceConfiguration> const& configurations, SoldWith const& sale);

BOOST_DEFINE_ENUM_CLASS(AggregatorType, metered, licensed)
BOOST_DEFINE_ENUM_CLASS(DefaultPeriod, days, weeks, months, years)
BOOST_DEFINE_ENUM_CLASS(ThresholdComparison, gte)

struct AggregatorThreshold {
  std::string id;
  std::string name;
  Exact threshold_value;
  ThresholdComparison comparison_operator = ThresholdComparison::gte;
};
BOOST_DESCRIBE_STRUCT(AggregatorThreshold, (), (id, name, threshold_value, comparison_operator))

struct Aggregator {
  AggregatorId id;
  std::string entity;  // the event type
  AggregatorOperation operation = AggregatorOperation::count;
  std::optional<std::string> property;
  std::optional<EventFilter> event_filter;
  std::optional<std::string> formula_sql;
  AggregatorType type = AggregatorType::metered;
  std::optional<std::string> name;
  std::optional<std::string> description;
  bool allow_negative_values = false;
  std::optional<int> default_interval_count;
  std::optional<DefaultPeriod> default_interval_period;
  std::optional<std::string> custom_event_name;
  std::vector<std::string> exposed_event_keys;  // group keys a reader may ask for
  std::optional<std::string> unit_name;
  std::vector<AggregatorThreshold> thresholds;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(Aggregator, (),
                      (id, entity, operation, property, event_filter, formula_sql, type, name,
                       description, allow_negative_values, default_interval_count,
                       default_interval_period, custom_event_name, exposed_event_keys, unit_name,
                       thresholds, created_at, updated_at))

[[nodiscard]] AggregatorRule rule_of(Aggregator const& aggregator);
// Whether both count the same of the same events.
[[nodiscard]] bool same_rule(Aggregator const& a, Aggregator const& b);

}  // namespace tallybook
