// Prices by the dimensions of events and the choices of a price, on the wire (extensions, PRD-6).
#pragma once

#include "api/catalogue/wire.hpp"
#include "api/protocol/reply.hpp"

namespace tallybook::api {

Result<std::vector<PriceGroup>> to_price_groups(std::vector<PriceGroupInput> const& groups,
                                                PriceType type, std::string const& path,
                                                IdSource& ids);
std::vector<PriceGroupInput> to_api(std::vector<PriceGroup> const& groups, PriceType type);

// Refuses what does not suit the type: free events and percentages are of bps alone.
Result<PriceOptions> to_price_options(PriceOptionsInput const& input, PriceType type,
                                      std::string const& path);
PriceOptionsInput to_api(PriceOptions const& options, PriceType type);

// The name of an event property that prices are grouped by.
Result<void> check_group_by(std::string const& property, std::string const& path);

// A filter of events: `where` of an aggregator, `metering_filter` of a price configuration.
Result<EventFilter> to_filter(AggregatorWhere const& where, std::string const& path);
AggregatorWhere from_filter(EventFilter const& filter);

}  // namespace tallybook::api
