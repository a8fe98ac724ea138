// The shape of a language-model service's traffic, for the demonstration. This and demo_usage.cpp
// are the only places of the program that use floating point: it decides how many requests there
// are and how long, never an amount.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "app/ports/event_store.hpp"
#include "calendar/date.hpp"

namespace tallybook {

// A customer as the generator sees it.
struct DemoConsumer {
  std::string customer_id;
  Date starts_on;
  int size = 1;   // 1 small .. 5 large
  int taste = 0;  // 0 to 2: the favourite model and the region
  bool makes_images = false;
};

class DemoUsage {
 public:
  // The same seed gives the same traffic.
  explicit DemoUsage(Tenant tenant, std::uint64_t seed)
      : tenant_(std::move(tenant)), random_(seed) {}

  // The requests of all consumers that have started, for one UTC day, in time order.
  std::vector<EventToStore> day(Date date, std::vector<DemoConsumer> const& consumers);

 private:
  void requests(DemoConsumer const& consumer, Date date, std::vector<EventToStore>& events);
  void images(DemoConsumer const& consumer, Date date, std::vector<EventToStore>& events);
  EventToStore request(DemoConsumer const& consumer, Instant at);

  Tenant tenant_;
  std::mt19937_64 random_;
  std::uint64_t number_ = 0;
};

}  // namespace tallybook
