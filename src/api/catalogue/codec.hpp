// Between the catalogue's records and their wire forms.
#pragma once

#include "api/catalogue/wire.hpp"
#include "api/protocol/reply.hpp"

namespace tallybook::api {

// Prices of a body as checked tiers; problems carry the path ("products[0].prices").
Result<std::vector<PriceTier>> to_tiers(std::vector<Price> const& prices, PriceType type,
                                        std::string const& path, IdSource& ids);
std::vector<Price> to_api(std::vector<PriceTier> const& tiers, PriceType type);
PriceConfigurationV1 to_api(PriceConfiguration const& configuration);
CreditAggregatorV1 to_api(CreditAggregator const& entry);
// Problems carry the path ("credit_aggregators[0]").
Result<CreditAggregator> to_credit_aggregator(CreditAggregatorV1 const& input,
                                              std::string const& path, IdSource& ids);
ProductSummary to_summary(Product const& product);
ProductV1 to_api(Product const& product, std::vector<PriceConfiguration> const& configurations);
AggregatorV1 to_api(Aggregator const& aggregator);
Result<Aggregator> to_aggregator(AggregatorWrite const& write, Aggregator current,
                                 std::string const& path, IdSource& ids);

// days, weeks, months, years with a count of 1 to 1000 (absent: 1), or once.
Result<Interval> checked_interval(Interval interval, std::string const& path);

}  // namespace tallybook::api
