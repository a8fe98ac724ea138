#include <set>

#include "api/catalogue/codec.hpp"
#include "api/catalogue/price_groups.hpp"
#include "api/catalogue/routes.hpp"
#include "app/catalogue/catalogue.hpp"
#include "app/tax/tax_rates.hpp"

namespace tallybook::api {
namespace product_routes {

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {
      {"id", "id"},
      {"name", "name"},
      {"description", "description"},
      {"type", "type", FieldKind::choice, {"flat_fee", "seat", "dynamic", "credit", "bundle"}},
  };
  return list;
}

// Archived products are hidden unless asked for: status=all or status=archived.
Condition visible(Query& query) {
  Condition condition;
  auto const* status = query.find("status");
  if (status != nullptr && !status->empty()) {
    auto const chosen = query.option("status", {"active", "archived", "all"});
    if (chosen && *chosen != "all") condition.add("status = ?", {*chosen});
    return condition;
  }
  bool operated = false;
  for (auto const& item : query.items()) operated = operated || item.first.starts_with("status__");
  if (operated) {
    add_filters(query, {{"status", "status", FieldKind::choice, {"active", "archived"}}},
                condition);
  } else {
    condition.add("status = 'active'");
  }
  return condition;
}

Result<void> apply(UnitOfWork& work, ProductUpdate const& write, Product& product) {
  product.name = write.name;
  write.description.apply(product.description);
  write.public_description.apply(product.public_description);
  write.is_available_on_demand.apply(product.is_available_on_demand);
  write.is_available_on_subscription.apply(product.is_available_on_subscription);
  if (write.translations.present) {
    for (auto const& [language, texts] :
         write.translations.value.value_or(std::map<std::string, ProductTranslation>{})) {
      if (!reflect::enum_from<Language>(language))
        return fail(errors::invalid_field("translations." + language,
                                          "expected one of " + reflect::enum_list<Language>()));
    }
    product.translations.text = reflect::to_text(
        write.translations.value.value_or(std::map<std::string, ProductTranslation>{}));
  }
  if (write.properties.present)
    product.properties.text =
        write.properties.value ? reflect::to_text(*write.properties.value) : "null";
  if (write.custom_properties.value) {
    for (auto const& [slug, value] : *write.custom_properties.value)
      return fail(errors::invalid_field("custom_properties." + slug, "no such custom property"));
  }
  if (write.accounting.present) {
    auto const accounting =
        write.accounting.value.value_or(std::map<std::string, ProductAccountingInput>{});
    for (auto const& [entity, input] : accounting) {
      if (!input.tax_rate_id) continue;
      TB_CHECK(check_mapped_rate(work, entity, *input.tax_rate_id,
                                 "accounting." + entity + ".tax_rate_id"));
    }
    product.accounting.text = reflect::to_text(accounting);
  }
  write.tax_category.apply(product.tax_category);
  return {};
}

ProductType product_type(ProductTypeInput type) {
  switch (type) {
    case ProductTypeInput::flat_fee:
    case ProductTypeInput::one_off:
      return ProductType::flat_fee;
    case ProductTypeInput::seat:
      return ProductType::seat;
    case ProductTypeInput::dynamic:
      return ProductType::dynamic;
    case ProductTypeInput::credit:
      return ProductType::credit;
    case ProductTypeInput::bundle:
      break;
  }
  return ProductType::bundle;
}

Result<void> refuse_what_is_not_offered(ProductCreate const& write) {
  reflect::Problems problems;
  bool const counted = write.aggregator || write.aggregator_id;
  bool const seat = write.type == ProductTypeInput::seat;
  if (write.is_connected_seat_item.value_or(false) && !seat)
    problems.add("is_connected_seat_item", "only a seat product has it");
  if (write.is_connected_seat_item.value_or(false) && seat && !counted)
    problems.add("aggregator_id", "connected seats need aggregator_id or aggregator");
  if (!write.is_connected_seat_item.value_or(true) && seat && counted)
    problems.add("is_connected_seat_item", "seats with an aggregator are connected");
  bool const bundle = write.type == ProductTypeInput::bundle;
  if (write.exclusive_items_enabled.value_or(false))
    problems.add("exclusive_items_enabled",
                 "bundles are sold whole: all of their items are active");
  if (write.bundle_items && !write.bundle_items->empty() && !bundle)
    problems.add("bundle_items", "only a bundle product has them");
  if (bundle && (write.aggregator || write.aggregator_id))
    problems.add("aggregator_id", "a bundle counts nothing");
  if (write.credits_grant_mode && write.type != ProductTypeInput::credit)
    problems.add("credits_grant_mode", "only a credit product has it");
  if (write.display_mode) problems.add("display_mode", "not offered");
  if (write.credit_aggregators && write.type != ProductTypeInput::credit)
    problems.add("credit_aggregators", "only a credit product has them");
  if (write.credit_aggregators && (write.aggregator || write.aggregator_id))
    problems.add("credit_aggregators", "excludes aggregator and aggregator_id");
  if (write.low_credits_threshold && write.low_credits_threshold->is_negative())
    problems.add("low_credits_threshold", "expected 0 or more");
  std::set<std::string> meters;
  auto const entries = write.credit_aggregators.value_or(std::vector<CreditAggregatorV1>{});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!meters.insert(entries[i].aggregator_id).second)
      problems.add("credit_aggregators[" + std::to_string(i) + "].aggregator_id",
                   "the aggregator is named twice: it would take of the balance twice");
  }
  if (problems.empty()) return {};
  return fail(problems.error());
}

Result<PriceConfiguration> to_configuration(ProductPriceConfigurationInput const& input,
                                            std::string const& path, IdSource& ids) {
  PriceConfiguration configuration;
  configuration.currency = input.currency;
  input.country.apply(configuration.country);
  input.price_book_id.apply(configuration.price_book_id);
  input.plan_id.apply(configuration.plan_id);
  if (input.billing_interval) {
    TB_TRY(interval, checked_interval(*input.billing_interval, path + "billing_interval"));
    configuration.billing_interval = interval;
  }
  configuration.commitment_interval =
      input.commitment_interval.value_or(Interval{WirePeriod::all, std::nullopt});
  configuration.type = input.type;
  TB_TRY(tiers, to_tiers(input.prices, input.type, path + "prices", ids));
  configuration.prices = std::move(tiers);
  if (input.metering_filter) {
    TB_TRY(filter, to_filter(*input.metering_filter, path + "metering_filter"));
    configuration.metering_filter = std::move(filter);
  }
  if (input.group_by) {
    TB_CHECK(check_group_by(*input.group_by, path + "group_by"));
  }
  configuration.group_by = input.group_by;
  if (input.price_options) {
    TB_TRY(options, to_price_options(*input.price_options, input.type, path + "price_options"));
    configuration.price_options = options;
  }
  return configuration;
}

Result<Reply> create(Call& call) {
  TB_TRY(write, read_body<ProductCreate>(call));
  TB_CHECK(refuse_what_is_not_offered(write));
  Product product;
  product.type = product_type(write.type);
  TB_CHECK(apply(*call.work, write, product));
  write.description_display_interval_dates.apply(product.description_display_interval_dates);
  product.unit_name = write.unit_name;
  product.low_credits_threshold = write.low_credits_threshold;
  product.credits_grant_mode = write.credits_grant_mode;
  product.bundle_items = write.bundle_items.value_or(std::vector<BundleItem>{});
  product.aggregator_id = write.aggregator_id;
  auto const entries = write.credit_aggregators.value_or(std::vector<CreditAggregatorV1>{});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    TB_TRY(entry, to_credit_aggregator(entries[i], "credit_aggregators[" + std::to_string(i) + "]",
                                       call.services.ids));
    product.credit_aggregators.push_back(std::move(entry));
  }
  if (write.aggregator) {
    if (write.aggregator_id)
      return fail(
          errors::invalid_field("aggregator", "give aggregator or aggregator_id, not both"));
    TB_TRY(wanted, to_aggregator(*write.aggregator, {}, "aggregator", call.services.ids));
    TB_TRY(aggregator, create_aggregator(*call.work, std::move(wanted)));
    product.aggregator_id = aggregator.id.value;
  }
  product.is_connected_seat_item = product.type == ProductType::seat && product.aggregator_id;
  if (product.type == ProductType::credit && product.aggregator_id) {
    CreditAggregator entry;
    entry.aggregator_id = *product.aggregator_id;
    product.credit_aggregators = {std::move(entry)};
    product.aggregator_id.reset();
  }
  std::vector<PriceConfiguration> configurations;
  for (std::size_t i = 0; i < write.price_configurations.size(); ++i) {
    TB_TRY(configuration,
           to_configuration(write.price_configurations[i],
                            "price_configurations[" + std::to_string(i) + "].", call.services.ids));
    configurations.push_back(std::move(configuration));
  }
  TB_TRY(created, create_product(*call.work, std::move(product), configurations));
  return reply_with(to_api(created, configurations), 201);
}

Result<Reply> list(Call& call) {
  auto const condition = visible(call.query);
  return offset_list<Product>(call, fields(), condition, [](Product const& product) {
    return reflect::to_text(to_summary(product));
  });
}

Result<Product> by_id(Call& call) {
  auto product = Records<Product>(*call.sql, call.tenant).find(call.id());
  if (!product) return fail(errors::not_found("Product"));
  return *std::move(product);
}

Reply whole(Call& call, Product const& product) {
  return reply_with(to_api(product, configurations_of(*call.sql, call.tenant, product.id)));
}

Result<Reply> get(Call& call) {
  TB_TRY(product, by_id(call));
  return whole(call, product);
}

Result<Reply> update(Call& call) {
  TB_TRY(write, read_body<ProductUpdate>(call));
  // Locked before the body is laid over it: a change made meanwhile must not be undone.
  TB_TRY(product, find_product(*call.work, ProductId(call.id())));
  TB_CHECK(apply(*call.work, write, product));
  TB_TRY(updated, update_product(*call.work, product));
  return whole(call, updated);
}

Result<Reply> archive(Call& call) {
  TB_TRY(product, set_product_status(*call.work, ProductId(call.id()), CatalogueStatus::archived));
  return whole(call, product);
}

Result<Reply> unarchive(Call& call) {
  TB_TRY(product, set_product_status(*call.work, ProductId(call.id()), CatalogueStatus::active));
  return whole(call, product);
}

Result<Reply> erase(Call& call) {
  TB_CHECK(delete_product(*call.work, ProductId(call.id())));
  return no_content();
}

// ---- price configurations ---------------------------------------------------------------------

std::vector<FilterField> const& configuration_fields() {
  static std::vector<FilterField> const list = {
      {"id", "id"},
      {"product_id", "product_id"},
      {"price_book_id", "price_book_id"},
      {"status", "status", FieldKind::choice, {"active", "archived"}},
      {"currency", "currency", FieldKind::choice, currency_codes()}};
  return list;
}

Result<PriceConfiguration> configuration_by_id(Call& call) {
  auto configuration = Records<PriceConfiguration>(*call.sql, call.tenant).find(call.id());
  if (!configuration) return fail(errors::not_found("Price configuration"));
  return *std::move(configuration);
}

Result<Reply> list_configurations(Call& call) {
  return offset_list<PriceConfiguration>(
      call, configuration_fields(), {},
      [](PriceConfiguration const& row) { return reflect::to_text(to_api(row)); });
}

Result<Reply> get_configuration(Call& call) {
  TB_TRY(configuration, configuration_by_id(call));
  return reply_with(to_api(configuration));
}

Result<Reply> create_configuration(Call& call) {
  TB_TRY(write, read_body<PriceConfigurationCreate>(call));
  TB_TRY(wanted, to_configuration(write, "", call.services.ids));
  wanted.product_id = ProductId(write.product_id);
  TB_TRY(created, create_price_configuration(*call.work, std::move(wanted)));
  return reply_with(to_api(created), 201);
}

Result<Reply> update_configuration(Call& call) {
  TB_TRY(write, read_body<PriceConfigurationCreate>(call));
  TB_TRY(current, configuration_by_id(call));
  if (write.product_id != current.product_id.value)
    return fail(
        errors::invalid_field("product_id", "a price configuration stays with its product"));
  TB_TRY(wanted, to_configuration(write, "", call.services.ids));
  current.currency = wanted.currency;
  current.country = wanted.country;
  current.price_book_id = wanted.price_book_id;
  current.plan_id = wanted.plan_id;
  current.billing_interval = wanted.billing_interval;
  current.commitment_interval = wanted.commitment_interval;
  current.type = wanted.type;
  current.prices = wanted.prices;
  current.metering_filter = wanted.metering_filter;
  current.group_by = wanted.group_by;
  current.price_options = wanted.price_options;
  TB_TRY(updated, update_price_configuration(*call.work, current));
  return reply_with(to_api(updated));
}

Result<Reply> update_prices(Call& call) {
  auto prices = reflect::from_value<std::vector<Price>>(call.body);
  if (!prices) return fail(prices.error());
  TB_TRY(configuration, configuration_by_id(call));
  TB_TRY(tiers, to_tiers(*prices, configuration.type, "prices", call.services.ids));
  configuration.prices = std::move(tiers);
  TB_TRY(updated, update_price_configuration(*call.work, configuration));
  return reply_with(to_api(updated));
}

Result<Reply> set_configuration(Call& call, CatalogueStatus status) {
  TB_TRY(configuration,
         set_price_configuration_status(*call.work, PriceConfigurationId(call.id()), status));
  return reply_with(to_api(configuration));
}

Result<Reply> erase_configuration(Call& call) {
  TB_CHECK(delete_price_configuration(*call.work, PriceConfigurationId(call.id())));
  return no_content();
}

}  // namespace product_routes

// A table: one route a line.
// clang-format off
void add_product_routes(Router& router) {
  using namespace product_routes;
  char const* const tag = "Products";
  auto parameters = offset_parameters(fields());
  parameters.push_back({"status", "active (default), archived or all"});
  router.add({"GET", "/v1/products", tag, "List products", RouteKind::read, "products", 200, {}, offset_schema<ProductSummary>(), parameters, list});
  router.add({"POST", "/v1/products", tag, "Create a product with its prices", RouteKind::write, "products", 201, schema<ProductCreate>(), schema<ProductV1>(), {}, create});
  router.add({"GET", "/v1/products/{id}", tag, "Get a product", RouteKind::read, "products", 200, {}, schema<ProductV1>(), {}, get});
  router.add({"PUT", "/v1/products/{id}", tag, "Update a product", RouteKind::write, "products", 200, schema<ProductUpdate>(), schema<ProductV1>(), {}, update});
  router.add({"PUT", "/v1/products/{id}/archive", tag, "Archive a product", RouteKind::write, "products", 200, {}, schema<ProductV1>(), {}, archive});
  router.add({"PUT", "/v1/products/{id}/unarchive", tag, "Bring an archived product back", RouteKind::write, "products", 200, {}, schema<ProductV1>(), {}, unarchive});
  router.add({"DELETE", "/v1/products/{id}", tag, "Delete an archived, unused product", RouteKind::write, "products", 204, {}, {}, {}, erase});
}
// clang-format on

// A table: one route a line.
// clang-format off
void add_price_configuration_routes(Router& router) {
  using namespace product_routes;
  char const* const tag = "Price configurations";
  char const* const scope = "products";
  router.add({"GET", "/v1/price-configurations", tag, "List price configurations", RouteKind::read, scope, 200, {}, offset_schema<PriceConfigurationV1>(), offset_parameters(configuration_fields()), list_configurations});
  router.add({"POST", "/v1/price-configurations", tag, "Create a price configuration", RouteKind::write, scope, 201, schema<PriceConfigurationCreate>(), schema<PriceConfigurationV1>(), {}, create_configuration});
  router.add({"GET", "/v1/price-configurations/{id}", tag, "Get a price configuration", RouteKind::read, scope, 200, {}, schema<PriceConfigurationV1>(), {}, get_configuration});
  router.add({"PUT", "/v1/price-configurations/{id}", tag, "Replace a price configuration", RouteKind::write, scope, 200, schema<PriceConfigurationCreate>(), schema<PriceConfigurationV1>(), {}, update_configuration});
  router.add({"PUT", "/v1/price-configurations/{id}/prices", tag, "Replace the prices", RouteKind::write, scope, 200, schema<std::vector<Price>>(), schema<PriceConfigurationV1>(), {}, update_prices});
  router.add({"PUT", "/v1/price-configurations/{id}/archive", tag, "Archive a price configuration", RouteKind::write, scope, 200, {}, schema<PriceConfigurationV1>(), {}, [](Call& call) { return set_configuration(call, CatalogueStatus::archived); }});
  router.add({"PUT", "/v1/price-configurations/{id}/unarchive", tag, "Bring an archived price configuration back", RouteKind::write, scope, 200, {}, schema<PriceConfigurationV1>(), {}, [](Call& call) { return set_configuration(call, CatalogueStatus::active); }});
  router.add({"DELETE", "/v1/price-configurations/{id}", tag, "Delete a price configuration", RouteKind::write, scope, 204, {}, {}, {}, erase_configuration});
}
// clang-format on

}  // namespace tallybook::api
