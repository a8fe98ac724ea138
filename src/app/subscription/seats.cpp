#include "app/subscription/seats.hpp"

#include "base/assert.hpp"
#include "domain/subscription/metering.hpp"

namespace tallybook {

bool is_connected_seat(SubscriptionLine const& line) {
  return line.type == ProductType::seat && line.aggregator_id.has_value();
}

Exact connected_seats(UnitOfWork& work, CustomerId const& customer,
                      std::string const& aggregator_id) {
  auto const aggregator = work.records<Aggregator>().find(aggregator_id);
  TB_ASSERT(aggregator.has_value());
  UsageQuery query;
  query.tenant = work.tenant();
  query.rule = rule_of(*aggregator);
  query.customer_ids = {customer.value};
  query.from = since_ever;
  query.to = work.now() + 1;
  return max(work.services().events.usage(query).quantity, 0);
}

void read_seats(UnitOfWork& work, SubscriptionState& state) {
  for (auto& line : state.lines) {
    if (is_connected_seat(line) && !line.replaced_at)
      line.count = connected_seats(work, state.subscription.customer_id, *line.aggregator_id);
  }
}

Result<std::vector<SubscriptionUpdate>> refresh_seats(UnitOfWork& work, SubscriptionId const& id) {
  TB_TRY(state, load_current(work, id));
  TB_CHECK(require_status(state.subscription, {SubscriptionStatus::active}, "refreshed"));
  std::vector<SubscriptionChange> changes;
  for (auto const& line : state.lines) {
    if (!is_connected_seat(line) || line.detached_at || line.replaced_at) continue;
    Exact const count = connected_seats(work, state.subscription.customer_id, *line.aggregator_id);
    if (count == line.count) continue;
    SubscriptionChange change;
    change.type = UpdateType::update_count;
    change.product_id = line.product_id.value;
    change.count = count;
    change.path = "products[" + std::to_string(line.position) + "]";
    changes.push_back(std::move(change));
  }
  if (changes.empty()) return std::vector<SubscriptionUpdate>{};
  TB_TRY(updated, update_subscription(work, id, changes, UpdateTerms{}));
  return std::move(updated.updates);
}

int refresh_all_seats(UnitOfWork& work) {
  int changed = 0;
  for (auto const& subscription : work.records<Subscription>().where(
           "status = 'active' AND id IN (SELECT l.subscription_id FROM subscription_lines l WHERE "
           "l.type = 'seat' AND l.aggregator_id IS NOT NULL) ORDER BY id",
           {})) {
    auto const updates = refresh_seats(work, subscription.id);
    if (updates) changed += static_cast<int>(updates->size());
  }
  return changed;
}

}  // namespace tallybook
