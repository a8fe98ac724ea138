// Connected seats (SEA-2 to SEA-7): when their aggregator is read again. Pure.
#pragma once

#include "domain/subscription/billing.hpp"

namespace tallybook {

[[nodiscard]] bool is_connected_seat(SubscriptionLine const& line);
[[nodiscard]] SeatRefreshMode refresh_mode(SubscriptionLine const& line);

// The days between two counts of a periodic line: its refresh interval in the place of its payment
// interval, from the same anchor and aligned alike. The count of these days is read at their end.
[[nodiscard]] Period refresh_period(SubscriptionLine const& line, Date day);

// What does not fit the line, as fields of seat_refresh with their reasons.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> problems_of(
    SeatRefresh const& refresh, SubscriptionLine const& line);

}  // namespace tallybook
