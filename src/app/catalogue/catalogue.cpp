#include "app/catalogue/catalogue.hpp"

#include <algorithm>

#include "app/catalogue/plans.hpp"
#include "app/catalogue/price_books.hpp"
#include "app/customer/customers.hpp"
#include "app/subscription/planned_updates.hpp"
#include "domain/credit/credit_price.hpp"
#include "reflect/describe.hpp"
#include "reflect/json.hpp"

namespace tallybook {
namespace catalogue_commands {

constexpr std::size_t max_bundle_items = 50;

Result<void> check_configuration(UnitOfWork& work, Product const& product,
                                 PriceConfiguration const& configuration, std::string const& path) {
  if (!Currency::parse(configuration.currency))
    return fail(errors::invalid_field(path + "currency", "expected an ISO 4217 currency code"));
  if (!may_carry(product.type, configuration.type)) {
    return fail(errors::invalid_field(
        path + "type", "a " + std::string(reflect::enum_name(product.type)) + " product has no " +
                           std::string(reflect::enum_name(configuration.type)) + " prices"));
  }
  if (configuration.type == PriceType::bps && product.aggregator_id) {
    auto const aggregator = work.records<Aggregator>().find(*product.aggregator_id);
    std::string const reason = aggregator ? unsuited_prices(*aggregator, configuration.type) : "";
    if (!reason.empty()) return fail(errors::invalid_field(path + "type", reason));
  }
  if (configuration.price_book_id) {
    TB_CHECK(check_price_book(work, *configuration.price_book_id, path + "price_book_id"));
  }
  if (configuration.plan_id) {
    TB_CHECK(check_plan(work, *configuration.plan_id, path + "plan_id"));
  }
  bool const usage = product.type == ProductType::dynamic;
  if (configuration.metering_filter && !usage)
    return fail(errors::invalid_field(path + "metering_filter", "only usage products have it"));
  if (configuration.group_by && !usage)
    return fail(errors::invalid_field(path + "group_by", "only usage products have it"));
  if (configuration.group_by && configuration.metering_filter)
    return fail(
        errors::invalid_field(path + "group_by", "give group_by or metering_filter, not both"));
  if (configuration.price_options && configuration.metering_filter)
    return fail(errors::invalid_field(path + "price_options",
                                      "those of the prices without metering_filter hold"));
  if (configuration.country && !is_country_code(*configuration.country))
    return fail(errors::invalid_field(path + "country", "expected a two-letter country code"));
  return {};
}

// Prices for the same case: which of them holds could only be guessed.
bool same_case(PriceConfiguration const& a, PriceConfiguration const& b) {
  auto const filter = [](PriceConfiguration const& each) {
    return each.metering_filter ? reflect::to_text(*each.metering_filter) : std::string();
  };
  return a.status == CatalogueStatus::active && b.status == CatalogueStatus::active &&
         a.currency == b.currency && a.country == b.country &&
         a.billing_interval == b.billing_interval &&
         a.commitment_interval == b.commitment_interval && a.price_book_id == b.price_book_id &&
         a.plan_id == b.plan_id && filter(a) == filter(b);
}

Result<void> check_unique(std::vector<PriceConfiguration> const& others,
                          PriceConfiguration const& configuration, std::string const& path) {
  for (auto const& other : others) {
    if (other.id == configuration.id && !other.id.empty()) continue;
    if (same_case(other, configuration))
      return fail(errors::invalid_field(
          path + "currency",
          "the product has active prices for this currency, country, interval and filter already"));
  }
  return {};
}

// The parts of a bundle: what has a price of its own, each once, together the whole price.
Result<void> check_bundle(UnitOfWork& work, Product const& product) {
  if (product.type != ProductType::bundle) return {};
  if (product.bundle_items.empty() || product.bundle_items.size() > max_bundle_items)
    return fail(errors::invalid_field("bundle_items", "expected 1 to 50 items"));
  Exact sum;
  for (std::size_t i = 0; i < product.bundle_items.size(); ++i) {
    auto const& item = product.bundle_items[i];
    std::string const at = "bundle_items[" + std::to_string(i) + "]";
    auto const part = work.records<Product>().find(item.product_id);
    if (!part) return fail(errors::invalid_field(at + ".product_id", "no such product"));
    if (part->type != ProductType::flat_fee && part->type != ProductType::seat)
      return fail(errors::invalid_field(
          at + ".product_id", "a " + std::string(reflect::enum_name(part->type)) +
                                  " product cannot be part of a bundle; flat_fee and seat can"));
    for (std::size_t j = 0; j < i; ++j) {
      if (product.bundle_items[j].product_id == item.product_id)
        return fail(errors::invalid_field(at + ".product_id", "is in the bundle already"));
    }
    if (item.percentage <= Exact(0) || item.percentage.rounded(12) != item.percentage)
      return fail(errors::invalid_field(at + ".percentage",
                                        "expected a number above 0 with at most 12 decimals"));
    sum += item.percentage;
  }
  if (sum != Exact(100))
    return fail(errors::invalid_field(
        "bundle_items", "the percentages add up to " + sum.decimal() + ", expected 100"));
  return {};
}

Result<void> check_product(UnitOfWork& work, Product const& product) {
  if (product.name.empty()) return fail(errors::invalid_field("name", "expected a name"));
  if (product.type == ProductType::dynamic && !product.aggregator_id) {
    return fail(errors::invalid_field("aggregator_id",
                                      "a dynamic product needs aggregator_id or aggregator"));
  }
  if (product.aggregator_id) {
    auto const aggregator = work.records<Aggregator>().find(*product.aggregator_id);
    if (!aggregator) return fail(errors::invalid_field("aggregator_id", "no such aggregator"));
    bool const counts =
        !aggregator->formula_sql && (aggregator->operation == AggregatorOperation::count ||
                                     aggregator->operation == AggregatorOperation::count_unique ||
                                     aggregator->operation == AggregatorOperation::last);
    if (product.type == ProductType::seat && !counts)
      return fail(errors::invalid_field(
          "aggregator_id",
          "seats are counted: expected an aggregator of count, count_unique or last"));
  }
  TB_CHECK(check_bundle(work, product));
  for (std::size_t i = 0; i < product.credit_aggregators.size(); ++i) {
    auto const& entry = product.credit_aggregators[i];
    std::string const at = "credit_aggregators[" + std::to_string(i) + "]";
    auto const aggregator = work.records<Aggregator>().find(entry.aggregator_id);
    if (!aggregator)
      return fail(errors::invalid_field(at + ".aggregator_id", "no such aggregator"));
    if (aggregator->operation == AggregatorOperation::weighted_sum && !aggregator->formula_sql)
      return fail(errors::invalid_field(
          at + ".aggregator_id",
          "an average over time does not take credits: expected another operation"));
    for (auto const& [field, reason] : problems_of(entry))
      return fail(errors::invalid_field(at + "." + field, reason));
  }
  return {};
}

}  // namespace catalogue_commands

Result<Product> create_product(UnitOfWork& work, Product product,
                               std::vector<PriceConfiguration>& configurations) {
  TB_CHECK(catalogue_commands::check_product(work, product));
  for (std::size_t i = 0; i < configurations.size(); ++i) {
    TB_CHECK(catalogue_commands::check_configuration(
        work, product, configurations[i], "price_configurations[" + std::to_string(i) + "]."));
    TB_CHECK(catalogue_commands::check_unique(
        {configurations.begin(), configurations.begin() + static_cast<std::ptrdiff_t>(i)},
        configurations[i], "price_configurations[" + std::to_string(i) + "]."));
  }
  product.id = work.new_id<ProductTag>();
  product.created_at = product.updated_at = work.now();
  work.records<Product>().insert(product);
  for (auto& configuration : configurations) {
    configuration.id = work.new_id<PriceConfigurationTag>();
    configuration.product_id = product.id;
    configuration.created_at = configuration.updated_at = work.now();
    work.records<PriceConfiguration>().insert(configuration);
  }
  return product;
}

Result<Product> update_product(UnitOfWork& work, Product const& product) {
  TB_CHECK(catalogue_commands::check_product(work, product));
  Product updated = product;
  updated.updated_at = work.now();
  work.records<Product>().update(updated);
  return updated;
}

Result<Product> find_product(UnitOfWork& work, ProductId const& id) {
  auto product = work.records<Product>().find_for_update(id.value);
  if (!product) return fail(errors::not_found("Product"));
  return *std::move(product);
}

Result<Product> set_product_status(UnitOfWork& work, ProductId const& id, CatalogueStatus status) {
  TB_TRY(product, find_product(work, id));
  if (product.status == status) {
    return fail(errors::conflict(status == CatalogueStatus::archived
                                     ? "The product is archived already"
                                     : "The product is active already"));
  }
  product.status = status;
  product.updated_at = work.now();
  work.records<Product>().update(product);
  return product;
}

Result<void> delete_product(UnitOfWork& work, ProductId const& id) {
  TB_TRY(product, find_product(work, id));
  if (product.status != CatalogueStatus::archived)
    return fail(errors::invalid("The product is not archived; archive it before deleting it"));
  if (work.records<SubscriptionLine>().count("product_id = ?", {id.value}) > 0 ||
      work.records<CustomerCredit>().count("product_id = ?", {id.value}) > 0) {
    return fail(
        errors::invalid("The product is used by subscriptions or credits and stays archived"));
  }
  TB_CHECK(check_no_plan_adds(work, id));
  if (work.records<Product>().count("bundle_items LIKE ?", {"%\"" + id.value + "\"%"}) > 0)
    return fail(errors::invalid("The product is part of a bundle and stays archived"));
  work.sql().execute(
      "DELETE FROM price_configurations WHERE account_id = ? AND mode = ? AND product_id = ?",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), id.value});
  work.records<Product>().erase(id.value);
  return {};
}

Result<PriceConfiguration> create_price_configuration(UnitOfWork& work,
                                                      PriceConfiguration configuration) {
  auto product = work.records<Product>().find(configuration.product_id.value);
  if (!product) return fail(errors::invalid_field("product_id", "no such product"));
  TB_CHECK(catalogue_commands::check_configuration(work, *product, configuration, ""));
  TB_CHECK(catalogue_commands::check_unique(
      configurations_of(work.sql(), work.tenant(), product->id), configuration, ""));
  configuration.id = work.new_id<PriceConfigurationTag>();
  configuration.created_at = configuration.updated_at = work.now();
  work.records<PriceConfiguration>().insert(configuration);
  return configuration;
}

Result<PriceConfiguration> update_price_configuration(UnitOfWork& work,
                                                      PriceConfiguration const& configuration) {
  auto product = work.records<Product>().find(configuration.product_id.value);
  if (!product) return fail(errors::invalid_field("product_id", "no such product"));
  TB_CHECK(catalogue_commands::check_configuration(work, *product, configuration, ""));
  TB_CHECK(catalogue_commands::check_unique(
      configurations_of(work.sql(), work.tenant(), product->id), configuration, ""));
  PriceConfiguration updated = configuration;
  updated.updated_at = work.now();
  work.records<PriceConfiguration>().update(updated);
  return updated;
}

Result<PriceConfiguration> set_price_configuration_status(UnitOfWork& work,
                                                          PriceConfigurationId const& id,
                                                          CatalogueStatus status) {
  auto configuration = work.records<PriceConfiguration>().find_for_update(id.value);
  if (!configuration) return fail(errors::not_found("Price configuration"));
  if (configuration->status == status) {
    return fail(errors::conflict(status == CatalogueStatus::archived
                                     ? "The price configuration is archived already"
                                     : "The price configuration is active already"));
  }
  configuration->status = status;
  TB_CHECK(catalogue_commands::check_unique(
      configurations_of(work.sql(), work.tenant(), configuration->product_id), *configuration, ""));
  configuration->updated_at = work.now();
  configuration->archived_at.reset();
  if (status == CatalogueStatus::archived) configuration->archived_at = work.now();
  work.records<PriceConfiguration>().update(*configuration);
  return *std::move(configuration);
}

Result<void> delete_price_configuration(UnitOfWork& work, PriceConfigurationId const& id) {
  if (!work.records<PriceConfiguration>().erase(id.value))
    return fail(errors::not_found("Price configuration"));
  return {};
}

Result<Aggregator> create_aggregator(UnitOfWork& work, Aggregator aggregator) {
  aggregator.id = work.new_id<AggregatorTag>();
  aggregator.created_at = aggregator.updated_at = work.now();
  work.records<Aggregator>().insert(aggregator);
  return aggregator;
}

// What usage means is fixed once something is sold by it: an invoice line must stay traceable to
// the rule it was counted with.
Result<Aggregator> update_aggregator(UnitOfWork& work, Aggregator const& aggregator) {
  auto const current = work.records<Aggregator>().find_for_update(aggregator.id.value);
  if (!current) return fail(errors::not_found("Aggregator"));
  if (!same_rule(*current, aggregator)) {
    bool const sold =
        work.records<SubscriptionLine>().count("aggregator_id = ?", {aggregator.id.value}) > 0;
    bool const credited =
        work.sql().number(
            "SELECT COUNT(*) FROM customer_credits c JOIN products p ON p.id = c.product_id WHERE "
            "c.account_id = ? AND c.mode = ? AND p.credit_aggregators LIKE ?",
            {work.tenant().account_id, std::string(mode_text(work.tenant().mode)),
             "%\"" + aggregator.id.value + "\"%"}) > 0;
    if (sold || credited || is_planned(work, aggregator.id)) {
      return fail(errors::conflict(
          "The aggregator counts what is sold: entity, operation, property, where and "
          "allow_negative_values stay as they are; create another aggregator"));
    }
  }
  bool const averages =
      aggregator.operation == AggregatorOperation::weighted_sum && !aggregator.formula_sql;
  if (averages && work.records<Product>().count("credit_aggregators LIKE ?",
                                                {"%\"" + aggregator.id.value + "\"%"}) > 0)
    return fail(errors::invalid_field(
        "operation",
        "it takes credits: an average over time does not, expected another operation"));
  Aggregator updated = aggregator;
  updated.updated_at = work.now();
  work.records<Aggregator>().update(updated);
  return updated;
}

Result<void> delete_aggregator(UnitOfWork& work, AggregatorId const& id) {
  if (!work.records<Aggregator>().find_for_update(id.value))
    return fail(errors::not_found("Aggregator"));
  if (work.records<Product>().count("(aggregator_id = ? OR credit_aggregators LIKE ?)",
                                    {id.value, "%\"" + id.value + "\"%"}) > 0) {
    return fail(errors::invalid("Products use this aggregator; it cannot be deleted"));
  }
  work.records<Aggregator>().erase(id.value);
  return {};
}

std::vector<PriceConfiguration> configurations_of(SqlSession& sql, Tenant const& tenant,
                                                  ProductId const& id) {
  return Records<PriceConfiguration>(sql, tenant)
      .where("product_id = ? ORDER BY created_at, id", {id.value});
}

std::string unsuited_prices(Aggregator const& aggregator, PriceType type) {
  if (type != PriceType::bps) return "";
  bool const reads_values = !aggregator.formula_sql &&
                            aggregator.operation != AggregatorOperation::count &&
                            aggregator.operation != AggregatorOperation::count_unique &&
                            aggregator.operation != AggregatorOperation::weighted_sum;
  if (reads_values) return "";
  return "bps prices need the value of each event; the product's aggregator counts or computes";
}

}  // namespace tallybook
