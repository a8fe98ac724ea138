#include "api/catalogue/codec.hpp"

#include "api/catalogue/price_groups.hpp"
#include "reflect/describe.hpp"

namespace tallybook::api {
namespace catalogue_detail {

template <class T>
T parsed(JsonText const& json) {
  T out{};
  auto const value = parse_json(json.text);
  reflect::Problems problems;
  if (value) reflect::read(*value, out, "", problems);
  return out;
}

// A field of another model is not dropped: who sends it means something by it.
void refuse_other_fields(Price const& price, std::string const& at, reflect::Problems& problems) {
  auto const type = price.type;
  bool const in_tiers = type == PriceType::volume || type == PriceType::bulk ||
                        type == PriceType::packaged || type == PriceType::bps;
  bool const in_blocks = in_tiers && type != PriceType::bps;
  bool const by_events = type == PriceType::bps;
  auto const refuse = [&](bool given, char const* field) {
    if (given)
      problems.add(at + "." + field,
                   "a price of type " + std::string(reflect::enum_name(type)) + " has none");
  };
  auto const differs = [](std::optional<Exact> const& value, Exact const& usual) {
    return value && *value != usual;
  };
  refuse(!in_tiers && differs(price.from, 0), "from");
  refuse(!in_tiers && price.to, "to");
  refuse(!in_blocks && differs(price.unit_count, 1), "unit_count");
  refuse(type != PriceType::volume && type != PriceType::bulk && price.on_tier_incomplete &&
             *price.on_tier_incomplete != OnIncomplete::pro_rata,
         "on_tier_incomplete");
  refuse(type != PriceType::packaged && price.on_bucket_incomplete &&
             *price.on_bucket_incomplete != OnIncomplete::pro_rata,
         "on_bucket_incomplete");
  refuse(!by_events && differs(price.percentage, 0), "percentage");
  refuse(!by_events && price.per_unit_cap, "per_unit_cap");
  refuse(!by_events && differs(price.per_unit_floor, 0), "per_unit_floor");
  refuse(!by_events && differs(price.per_unit_fee, 0), "per_unit_fee");
  refuse(by_events && differs(price.amount, 0), "amount");
  refuse(type != PriceType::bundle && differs(price.pack_size, 1), "pack_size");
}

bool has_long_decimals(std::optional<Exact> const& number) {
  return number && number->rounded(12) != *number;
}

}  // namespace catalogue_detail

Result<Interval> checked_interval(Interval interval, std::string const& path) {
  if (interval.period == WirePeriod::all)
    return fail(
        errors::invalid_field(path + ".period", "expected days, weeks, months, years or once"));
  if (interval.period == WirePeriod::once) return Interval{WirePeriod::once, std::nullopt};
  if (!interval.count) interval.count = 1;
  if (*interval.count < 1 || *interval.count > 1000)
    return fail(errors::invalid_field(path + ".count", "expected 1 to 1000"));
  return interval;
}

Result<std::vector<PriceTier>> to_tiers(std::vector<Price> const& prices, PriceType type,
                                        std::string const& path, IdSource& ids) {
  std::vector<PriceTier> tiers;
  reflect::Problems problems;
  for (std::size_t i = 0; i < prices.size(); ++i) {
    auto const& price = prices[i];
    std::string const at = path + "[" + std::to_string(i) + "]";
    catalogue_detail::refuse_other_fields(price, at, problems);
    PriceTier tier;
    tier.id = price.id && price.id->starts_with("pri_") ? *price.id : ids.next("pri");
    tier.type = price.type;
    tier.from = price.from;
    tier.to = price.to;
    if (price.type == PriceType::bps) {
      if (!price.percentage) problems.add(at + ".percentage", "required");
    } else if (!price.amount) {
      problems.add(at + ".amount", "required");
    }
    tier.amount = price.amount.value_or(Exact(0));
    tier.unit_count = price.unit_count.value_or(Exact(1));
    tier.on_incomplete = price.on_tier_incomplete.value_or(
        price.on_bucket_incomplete.value_or(OnIncomplete::pro_rata));
    tier.percentage = price.percentage.value_or(Exact(0));
    tier.per_unit_cap = price.per_unit_cap;
    tier.per_unit_floor = price.per_unit_floor;
    tier.per_unit_fee = price.per_unit_fee;
    tier.pack_size = price.pack_size.value_or(Exact(1));
    tier.flat_amount = price.flat_amount;
    tier.max_amount = price.max_amount;
    tier.overage_amount = price.overage_amount;
    for (auto const& number :
         {price.from, price.to, price.amount, price.unit_count, price.percentage,
          price.per_unit_cap, price.per_unit_floor, price.per_unit_fee, price.pack_size,
          price.flat_amount, price.max_amount, price.overage_amount}) {
      if (catalogue_detail::has_long_decimals(number))
        problems.add(at, "expected numbers with at most 12 decimals");
    }
    tiers.push_back(std::move(tier));
  }
  if (!problems.empty()) return fail(problems.error());
  return checked_prices(std::move(tiers), type, path);
}

std::vector<Price> to_api(std::vector<PriceTier> const& tiers, PriceType type) {
  std::vector<Price> prices;
  for (auto const& tier : tiers) {
    Price price;
    price.id = tier.id;
    price.type = type;
    if (type == PriceType::volume || type == PriceType::packaged || type == PriceType::bps)
      price.from = tier.from.value_or(Exact(0));
    price.to = tier.to;
    if (type != PriceType::bps) price.amount = tier.amount;
    if (type == PriceType::volume || type == PriceType::bulk || type == PriceType::packaged)
      price.unit_count = tier.unit_count;
    if (type == PriceType::volume || type == PriceType::bulk)
      price.on_tier_incomplete = tier.on_incomplete;
    if (type == PriceType::packaged) price.on_bucket_incomplete = tier.on_incomplete;
    if (type == PriceType::bps) {
      price.percentage = tier.percentage;
      price.per_unit_cap = tier.per_unit_cap;
      price.per_unit_floor = tier.per_unit_floor;
      price.per_unit_fee = tier.per_unit_fee;
    }
    if (type == PriceType::bundle) price.pack_size = tier.pack_size;
    price.flat_amount = tier.flat_amount;
    price.max_amount = tier.max_amount;
    price.overage_amount = tier.overage_amount;
    prices.push_back(std::move(price));
  }
  return prices;
}

PriceConfigurationV1 to_api(PriceConfiguration const& configuration) {
  PriceConfigurationV1 wire;
  wire.id = configuration.id.value;
  wire.product_id = configuration.product_id.value;
  wire.status = configuration.status;
  wire.currency = configuration.currency;
  wire.country = configuration.country;
  if (configuration.country) wire.countries = {{*configuration.country}};
  wire.billing_interval = configuration.billing_interval;
  wire.commitment_interval = configuration.commitment_interval;
  wire.type = configuration.type;
  wire.prices = to_api(configuration.prices, configuration.type);
  wire.price_book_id = configuration.price_book_id;
  wire.plan_id = configuration.plan_id;
  if (configuration.metering_filter)
    wire.metering_filter.text = reflect::to_text(from_filter(*configuration.metering_filter));
  wire.group_by = configuration.group_by;
  if (configuration.price_options)
    wire.price_options = to_api(*configuration.price_options, configuration.type);
  wire.updated_at = configuration.updated_at;
  wire.archived_at = configuration.archived_at;
  return wire;
}

CreditAggregatorV1 to_api(CreditAggregator const& entry) {
  CreditAggregatorV1 wire;
  wire.aggregator_id = entry.aggregator_id;
  if (!entry.prices) {
    wire.weight = entry.weight;
    return wire;
  }
  PriceType const type = entry.prices->front().type;
  wire.prices = to_api(*entry.prices, type);
  if (entry.price_options) wire.price_options = to_api(*entry.price_options, type);
  wire.reset_interval = entry.reset_interval;
  return wire;
}

Result<CreditAggregator> to_credit_aggregator(CreditAggregatorV1 const& input,
                                              std::string const& path, IdSource& ids) {
  CreditAggregator entry;
  entry.aggregator_id = input.aggregator_id;
  if (!input.prices) {
    if (!input.weight)
      return fail(errors::invalid_field(path + ".weight", "give weight or prices in credits"));
    if (input.price_options)
      return fail(errors::invalid_field(path + ".price_options", "only prices have options"));
    if (input.reset_interval)
      return fail(errors::invalid_field(path + ".reset_interval", "only tiers of prices reset"));
    entry.weight = *input.weight;
    return entry;
  }
  if (input.weight)
    return fail(errors::invalid_field(path + ".weight", "give weight or prices, not both"));
  if (input.prices->empty())
    return fail(errors::invalid_field(path + ".prices", "needs at least one price"));
  PriceType const type = input.prices->front().type;
  TB_TRY(tiers, to_tiers(*input.prices, type, path + ".prices", ids));
  entry.prices = std::move(tiers);
  if (input.price_options) {
    TB_TRY(options, to_price_options(*input.price_options, type, path + ".price_options"));
    entry.price_options = options;
  }
  if (input.reset_interval) {
    TB_TRY(interval, checked_interval(*input.reset_interval, path + ".reset_interval"));
    entry.reset_interval = interval;
  }
  return entry;
}

ProductSummary to_summary(Product const& product) {
  ProductSummary wire;
  wire.id = product.id.value;
  wire.type = product.type;
  wire.name = product.name;
  wire.description = product.description;
  wire.public_description = product.public_description;
  wire.description_display_interval_dates = product.description_display_interval_dates;
  wire.translations =
      catalogue_detail::parsed<std::map<std::string, ProductTranslation>>(product.translations);
  wire.status = product.status;
  wire.properties = product.properties;
  wire.custom_properties = product.custom_properties;
  for (auto const& [entity, input] :
       catalogue_detail::parsed<std::map<std::string, ProductAccountingInput>>(
           product.accounting)) {
    wire.accounting[entity] = {input.account_code, input.product_code, input.tax_rate_id, {}};
  }
  wire.tax_category = product.tax_category;
  wire.is_available_on_demand = product.is_available_on_demand;
  wire.is_available_on_subscription = product.is_available_on_subscription;
  wire.unit_name = product.unit_name;
  wire.aggregator_id = product.aggregator_id;
  for (auto const& entry : product.credit_aggregators)
    wire.credit_aggregators.push_back(to_api(entry));
  wire.low_credits_threshold = product.low_credits_threshold;
  wire.credits_grant_mode = product.credits_grant_mode;
  wire.bundle_items = product.bundle_items;
  return wire;
}

ProductV1 to_api(Product const& product, std::vector<PriceConfiguration> const& configurations) {
  ProductV1 wire;
  static_cast<ProductSummary&>(wire) = to_summary(product);
  for (auto const& configuration : configurations)
    wire.price_configurations.push_back(to_api(configuration));
  return wire;
}

AggregatorV1 to_api(Aggregator const& aggregator) {
  AggregatorV1 wire;
  wire.id = aggregator.id.value;
  wire.entity = aggregator.entity;
  wire.operation = aggregator.operation;
  wire.property = aggregator.property;
  if (aggregator.event_filter) wire.where = from_filter(*aggregator.event_filter);
  wire.formula_sql = aggregator.formula_sql;
  wire.type = aggregator.type;
  wire.name = aggregator.name;
  wire.description = aggregator.description;
  wire.allow_negative_values = aggregator.allow_negative_values;
  wire.default_interval_count = aggregator.default_interval_count;
  wire.default_interval_period = aggregator.default_interval_period;
  wire.custom_event_name = aggregator.custom_event_name;
  wire.exposed_event_keys = aggregator.exposed_event_keys;
  wire.unit_name = aggregator.unit_name;
  wire.thresholds = aggregator.thresholds;
  wire.created_at = aggregator.created_at;
  wire.updated_at = aggregator.updated_at;
  return wire;
}

Result<Aggregator> to_aggregator(AggregatorWrite const& write, Aggregator current,
                                 std::string const& path, IdSource& ids) {
  std::string const at = path.empty() ? "" : path + ".";
  if (write.aggregate_on_customers_enabled.value_or(false)) {
    return fail(
        errors::invalid_field(at + "aggregate_on_customers_enabled",
                              "the usage of the customers of an organisation is not added up"));
  }
  current.entity = write.entity;
  current.operation = write.operation;
  current.property = write.property;
  current.formula_sql = write.formula_sql;
  current.event_filter.reset();
  if (write.where && !write.where->fields.empty()) {
    TB_TRY(filter, to_filter(*write.where, at + "where"));
    current.event_filter = std::move(filter);
  }
  current.type = write.type.value_or(current.type);
  current.name = write.name;
  current.description = write.description;
  current.allow_negative_values = write.allow_negative_values.value_or(false);
  if (write.default_interval_count &&
      (*write.default_interval_count < 1 || *write.default_interval_count > 1000)) {
    return fail(errors::invalid_field(at + "default_interval_count", "expected 1 to 1000"));
  }
  current.default_interval_count = write.default_interval_count;
  current.default_interval_period = write.default_interval_period;
  current.custom_event_name = write.custom_event_name;
  current.exposed_event_keys = write.exposed_event_keys.value_or(std::vector<std::string>{});
  current.unit_name = write.unit_name;
  current.thresholds.clear();
  for (auto const& threshold : write.thresholds.value_or(std::vector<AggregatorThresholdInput>{})) {
    current.thresholds.push_back(
        {threshold.id && !threshold.id->empty() ? *threshold.id : ids.next("thr"), threshold.name,
         threshold.threshold_value,
         threshold.comparison_operator.value_or(ThresholdComparison::gte)});
  }
  if (auto checked = check(rule_of(current)); !checked) {
    return fail(
        errors::renamed(checked.error(), [&](std::string const& field) { return at + field; }));
  }
  return current;
}

}  // namespace tallybook::api
