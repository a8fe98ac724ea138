// A length of time as the API writes it: {count, period}.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

namespace tallybook {

BOOST_DEFINE_ENUM_CLASS(DurationPeriod, days, weeks, months, years)

struct Duration {
  int count = 1;
  DurationPeriod period = DurationPeriod::months;
  friend bool operator==(Duration const&, Duration const&) = default;
};
BOOST_DESCRIBE_STRUCT(Duration, (), (count, period))

}  // namespace tallybook
