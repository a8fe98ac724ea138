#include "app/subscription/running_period.hpp"

namespace tallybook {

std::vector<SubscriptionLine> lines_of(SqlSession& sql, Tenant const& tenant,
                                       SubscriptionId const& id) {
  return Records<SubscriptionLine>(sql, tenant)
      .where("subscription_id = ? AND replaced_at IS NULL ORDER BY position", {id.value});
}

std::optional<InstantRange> running_period(SubscriptionLine const& line, TimeZone const& zone) {
  auto const dates = running_dates(line, zone);
  if (!dates) return std::nullopt;
  return to_instants(*dates, zone);
}

std::optional<InstantRange> running_period_of(Subscription const& subscription,
                                              std::vector<SubscriptionLine> const& lines) {
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  std::optional<InstantRange> shortest;
  for (auto const& line : lines) {
    if (line.detached_at) continue;
    auto const period = running_period(line, zone);
    if (period && (!shortest || period->end < shortest->end)) shortest = period;
  }
  return shortest;
}

std::optional<InstantRange> running_period_of(SqlSession& sql, Tenant const& tenant,
                                              Subscription const& subscription) {
  return running_period_of(subscription, lines_of(sql, tenant, subscription.id));
}

}  // namespace tallybook
