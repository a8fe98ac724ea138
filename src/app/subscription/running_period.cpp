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
  auto running = to_instants(*dates, zone);
  if (line.period_starts_at) running.start = *line.period_starts_at;
  return running;
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

std::optional<Instant> changeable_from(Subscription const& subscription,
                                       std::vector<SubscriptionLine> const& lines) {
  auto const running = running_period_of(subscription, lines);
  if (!running) return std::nullopt;
  return std::max(running->start, subscription.reinstated_at.value_or(running->start));
}

std::optional<Instant> last_renewal_of(Subscription const& subscription,
                                       std::vector<SubscriptionLine> const& lines) {
  auto const running = running_period_of(subscription, lines);
  if (!running) return std::nullopt;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  Instant renewed = running->start;
  for (auto const& line : lines) {
    if (line.detached_at) continue;
    auto const period = running_period(line, zone);
    // A change in arrears begins a part of the period, not a period.
    if (period && period->end == running->end)
      renewed =
          std::min(renewed, zone.start_of(cycle_at(line, zone.date_of(period->end - 1)).start));
  }
  Instant const first_day = zone.start_of(zone.date_of(subscription.starts_at.value_or(renewed)));
  return std::max({renewed, first_day, subscription.reinstated_at.value_or(renewed)});
}

std::optional<InstantRange> running_period_of(SqlSession& sql, Tenant const& tenant,
                                              Subscription const& subscription) {
  return running_period_of(subscription, lines_of(sql, tenant, subscription.id));
}

std::vector<SubscriptionId> versions_of(SqlSession& sql, Tenant const& tenant,
                                        Subscription const& subscription) {
  auto const& base = subscription.base_subscription_id;
  if (!base && subscription.status != SubscriptionStatus::archived) return {subscription.id};
  std::string const first = base.value_or(subscription.id.value);
  std::vector<SubscriptionId> ids{SubscriptionId(first)};
  sql.query(
      "SELECT id FROM subscriptions WHERE account_id = ? AND mode = ? AND base_subscription_id = ? "
      "ORDER BY created_at, id",
      {tenant.account_id, std::string(mode_text(tenant.mode)), first},
      [&](SqlRow const& row) { ids.emplace_back(std::string(row.text(0))); });
  return ids;
}

std::optional<SubscriptionLine> passed_over_terms(SqlSession& sql, Tenant const& tenant,
                                                  SubscriptionLine const& line,
                                                  TimeZone const& zone) {
  auto const dates = running_dates(line, zone);
  if (!dates || line.payment_schedule != PaymentSchedule::start) return std::nullopt;
  Date const cycle = cycle_at(line, dates->end - 1).start;
  auto const subscription = Records<Subscription>(sql, tenant).find(line.subscription_id.value);
  if (!subscription) return std::nullopt;
  for (auto const& version : versions_of(sql, tenant, *subscription)) {
    auto const free =
        Records<SubscriptionLine>(sql, tenant)
            .first("subscription_id = ? AND product_id = ? AND passed_over_on = ? ORDER BY id",
                   {version.value, line.product_id.value, std::int64_t{cycle.days}});
    if (!free || free->payment_schedule != PaymentSchedule::start ||
        free->payment_interval != line.payment_interval)
      continue;
    auto const phase = Records<SubscriptionPhase>(sql, tenant).find(free->phase_id.value);
    if (phase && !phase->do_not_invoice_phase) return free;
  }
  return std::nullopt;
}

}  // namespace tallybook
