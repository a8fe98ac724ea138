// The metering of a new line: its terms checked against its product and prices, the catalogue's
// prices by filters of events.
#pragma once

#include "app/subscription/subscriptions.hpp"

namespace tallybook {

// Fills the line's metering terms; the line has its product, prices and interval already. Refuses
// terms that count nothing, count twice or do not suit the prices, each with its field.
Result<void> set_metering(UnitOfWork& work, NewLine const& wanted, SubscriptionLine& line);

// The prices of the catalogue that carry a metering_filter, as price groups beside `rest`: for each
// filter the configuration that suits best (PRD-4, PRD-6). Fails at `path` when one of them has
// another price type than `rest`.
Result<std::vector<PriceGroup>> catalogue_groups(
    std::vector<PriceConfiguration> const& configurations, PriceConfiguration const& rest,
    SoldWith const& sale, std::string const& path);

}  // namespace tallybook
