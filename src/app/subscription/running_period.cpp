#include "app/subscription/running_period.hpp"

namespace tallybook {

std::vector<SubscriptionLine> lines_of(SqlSession& sql, Tenant const& tenant,
                                       SubscriptionId const& id) {
  return Records<SubscriptionLine>(sql, tenant)
      .where("subscription_id = ? ORDER BY position", {id.value});
}

std::optional<InstantRange> running_period(SubscriptionLine const& line, TimeZone const& zone) {
  if (line.payment_interval.period == WirePeriod::once || !line.period_start_on ||
      !line.period_end_on)
    return std::nullopt;
  if (line.payment_schedule == PaymentSchedule::end)
    return to_instants({*line.period_start_on, *line.period_end_on}, zone);
  // In advance the line names the next period to charge; before the first charge nothing runs.
  if (*line.period_start_on <= line.anchor_on) return std::nullopt;
  auto const alignment = line.alignment == BillingCycleAlignment::calendar_period
                             ? CycleAlignment::calendar_period
                             : CycleAlignment::anniversary;
  auto const charged = period_containing(*line.period_start_on - 1, line.anchor_on,
                                         to_billing_interval(line.payment_interval), alignment);
  if (!charged) return std::nullopt;
  return to_instants(*charged, zone);
}

std::optional<InstantRange> running_period_of(Subscription const& subscription,
                                              std::vector<SubscriptionLine> const& lines) {
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  std::optional<InstantRange> shortest;
  for (auto const& line : lines) {
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
