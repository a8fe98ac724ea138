#include "app/subscription/telling.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "app/subscription/timeline.hpp"
#include "domain/subscription/next_payment.hpp"

namespace tallybook {
namespace telling_detail {

std::string text_of(UnitOfWork& work, SubscriptionState const& state,
                    std::vector<SubscriptionUpdate> const& updates) {
  auto const& snapshots = work.services().snapshots;
  if (updates.empty()) return snapshots.subscription(state.subscription, state.lines);
  return snapshots.updated_subscription(state.subscription, state.lines, updates);
}

// Events of a rehearsal reach nobody. What begins at once is told again when it has begun.
bool is_to_be_foreseen(UnitOfWork& work, SubscriptionState const& state) {
  auto const& subscription = state.subscription;
  if (work.services().rehearsal) return false;
  if (subscription.status == SubscriptionStatus::pending && subscription.starts_at &&
      *subscription.starts_at <= work.now())
    return false;
  return next_payment_is_ahead(subscription, state.lines);
}

}  // namespace telling_detail

void tell(UnitOfWork& work, SubscriptionState const& state, std::string const& event_type,
          std::vector<SubscriptionUpdate> const& updates) {
  using namespace telling_detail;
  auto const& customer = state.subscription.customer_id;
  if (!is_to_be_foreseen(work, state))
    return work.emit(event_type, customer, text_of(work, state, updates));
  auto shown = state;
  foresee_payment(work, shown);
  work.emit(event_type, customer, text_of(work, shown, updates));
}

void StepNews::add(UnitOfWork& work, SubscriptionState const& state, std::string event_type,
                   std::vector<SubscriptionUpdate> const& updates) {
  using namespace telling_detail;
  auto& one = news_.emplace_back();
  one.event_type = std::move(event_type);
  one.customer = state.subscription.customer_id;
  if (is_to_be_foreseen(work, state))
    one.unfinished = state;
  else
    one.text = text_of(work, state, updates);
  one.updates = updates;
}

void StepNews::add_all(StepNews later) {
  std::ranges::move(later.news_, std::back_inserter(news_));
}

void StepNews::tell_all(UnitOfWork& work, SubscriptionState const& state) {
  using namespace telling_detail;
  std::optional<SubscriptionState> stored;
  for (auto& one : std::exchange(news_, {})) {
    if (one.text.empty()) {
      if (!stored) {
        stored = state;
        foresee_payment(work, *stored);
      }
      auto& shown = one.unfinished;
      shown.subscription.foreseen =
          ForeseenPayment{next_payment(stored->subscription, stored->lines)};
      one.text = text_of(work, shown, one.updates);
    }
    work.emit(one.event_type, one.customer, one.text);
  }
}

}  // namespace tallybook
