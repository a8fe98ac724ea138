// A plan as a subscription names it.
#pragma once

#include <boost/describe/class.hpp>
#include <string>

namespace tallybook::api {

struct PlanRef {
  std::string id;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(PlanRef, (), (id, name))

}  // namespace tallybook::api
