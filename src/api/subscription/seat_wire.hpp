// Connected seats on the wire.
#pragma once

#include "domain/subscription/subscription.hpp"

namespace tallybook::api {

// Extension: how connected seats follow their aggregator (SEA-3).
struct SeatRefreshTerms {
  SeatRefreshMode mode{};
  std::optional<Interval> interval;
  std::optional<SeatCount> count;
  std::optional<UpdatePayment> payment_schedule;
  std::optional<CalculationMethod> calculation_method;
};
BOOST_DESCRIBE_STRUCT(SeatRefreshTerms, (),
                      (mode, interval, count, payment_schedule, calculation_method))

}  // namespace tallybook::api
