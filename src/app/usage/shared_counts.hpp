// Usage of many customers counted together: a billing run asks the same question for each customer
// of its batch, and one answer by customer costs little more than one customer's.
#pragma once

#include <map>
#include <set>

#include "app/ports/event_store.hpp"

namespace tallybook {

// Lives for one transaction. The second time a window is asked for with the same rule it is counted
// for all the customers named, at one sequence; every other question goes to the store as it is.
class SharedCounts {
 public:
  explicit SharedCounts(std::vector<std::string> customer_ids);
  // As EventStore::usage: the same quantity and count, and the sequence they are true for.
  UsageResult usage(EventStore& events, UsageQuery const& query);

 private:
  struct Window {
    int asked = 0;
    bool counted = false;
    std::uint64_t as_of = 0;
    std::map<std::string, UsageGroup> by_customer;
  };
  std::set<std::string> customer_ids_;
  std::map<std::string, Window> windows_;  // by everything of the question but the customer
};

}  // namespace tallybook
