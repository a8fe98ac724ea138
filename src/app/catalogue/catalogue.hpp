// The catalogue: products, price configurations, aggregators.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Stores a product with its configurations. 400 when a price type does not suit the product, an
// aggregator is unknown, or a currency is.
Result<Product> create_product(UnitOfWork& work, Product product,
                               std::vector<PriceConfiguration>& configurations);
Result<Product> update_product(UnitOfWork& work, Product const& product);
Result<Product> set_product_status(UnitOfWork& work, ProductId const& id, CatalogueStatus status);
// Archived ones that no subscription ever used.
Result<void> delete_product(UnitOfWork& work, ProductId const& id);

Result<PriceConfiguration> create_price_configuration(UnitOfWork& work,
                                                      PriceConfiguration configuration);
Result<PriceConfiguration> update_price_configuration(UnitOfWork& work,
                                                      PriceConfiguration const& configuration);
Result<PriceConfiguration> set_price_configuration_status(UnitOfWork& work,
                                                          PriceConfigurationId const& id,
                                                          CatalogueStatus status);
Result<void> delete_price_configuration(UnitOfWork& work, PriceConfigurationId const& id);

Result<Aggregator> create_aggregator(UnitOfWork& work, Aggregator aggregator);
Result<Aggregator> update_aggregator(UnitOfWork& work, Aggregator const& aggregator);
Result<void> delete_aggregator(UnitOfWork& work, AggregatorId const& id);

std::vector<PriceConfiguration> configurations_of(SqlSession& sql, Tenant const& tenant,
                                                  ProductId const& id);
Result<Product> find_product(UnitOfWork& work, ProductId const& id);

// Why an aggregator cannot be priced so; empty when it can: bps prices need the value of each
// event.
std::string unsuited_prices(Aggregator const& aggregator, PriceType type);

}  // namespace tallybook
