// Events of subscriptions. What they show of the next payment may have to be rehearsed, which only
// a subscription that is stored as it is can be.
#pragma once

#include "app/subscription/subscriptions.hpp"
#include "domain/subscription/changes.hpp"

namespace tallybook {

// Tells of a subscription that is stored like this, with the updates it comes from.
void tell(UnitOfWork& work, SubscriptionState const& state, std::string const& event_type,
          std::vector<SubscriptionUpdate> const& updates = {});

// What a step has to tell, each as it is when it happens; told in order once the step is stored.
class StepNews {
 public:
  void add(UnitOfWork& work, SubscriptionState const& state, std::string event_type,
           std::vector<SubscriptionUpdate> const& updates = {});
  void add_all(StepNews later);
  void tell_all(UnitOfWork& work, SubscriptionState const& state);

 private:
  struct News {
    std::string event_type;
    CustomerId customer;
    std::string text;              // where the next payment is known already
    SubscriptionState unfinished;  // else
    std::vector<SubscriptionUpdate> updates;
  };
  std::vector<News> news_;
};

}  // namespace tallybook
