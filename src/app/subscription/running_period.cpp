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

namespace running_period_detail {

bool was_charged(SqlSession& sql, Tenant const& tenant, SubscriptionLine const& line, Date start) {
  std::string const mode(mode_text(tenant.mode));
  return sql.number(
             "SELECT COUNT(*) FROM subscription_lines l JOIN charges c ON c.account_id = "
             "l.account_id AND c.mode = l.mode AND c.subscription_line_id = l.id WHERE "
             "l.account_id "
             "= ? AND l.mode = ? AND l.subscription_id = ? AND l.product_id = ? AND "
             "c.period_start_on = ?",
             {tenant.account_id, mode, line.subscription_id.value, line.product_id.value,
              std::int64_t{start.days}}) > 0;
}

// Of the versions of a subscription the one that ran at `at`, from `id` back.
std::optional<Subscription> version_at(SqlSession& sql, Tenant const& tenant, SubscriptionId id,
                                       Instant at) {
  for (;;) {
    auto found = Records<Subscription>(sql, tenant).find(id.value);
    if (!found || !found->starts_at || *found->starts_at <= at) return found;
    if (!found->transition_from_subscription_id) return std::nullopt;
    id = SubscriptionId(*found->transition_from_subscription_id);
  }
}

}  // namespace running_period_detail

std::optional<SubscriptionLine> passed_over_terms(SqlSession& sql, Tenant const& tenant,
                                                  SubscriptionLine const& line,
                                                  TimeZone const& zone) {
  using namespace running_period_detail;
  auto const dates = running_dates(line, zone);
  if (!dates || line.payment_schedule != PaymentSchedule::start) return std::nullopt;
  Date const start = cycle_at(line, dates->end - 1).start;
  Instant const due = zone.start_of(start);
  auto const version = version_at(sql, tenant, line.subscription_id, due);
  if (!version || !version->paused_at || !version->reactivate_at || *version->reactivate_at < due)
    return std::nullopt;
  // Those that were in force when the period fell due.
  auto terms = Records<SubscriptionLine>(sql, tenant)
                   .first(
                       "subscription_id = ? AND product_id = ? AND attached_at <= ? AND "
                       "(replaced_at IS NULL OR replaced_at > ?) AND (detached_at IS NULL OR "
                       "detached_at > ?) ORDER BY CASE WHEN replaced_at IS NULL THEN 1 ELSE 0 "
                       "END, replaced_at, id",
                       {version->id.value, line.product_id.value, due.ms, due.ms, due.ms});
  if (!terms || terms->payment_schedule != PaymentSchedule::start ||
      was_charged(sql, tenant, *terms, start))
    return std::nullopt;
  auto const phase = Records<SubscriptionPhase>(sql, tenant).find(terms->phase_id.value);
  if (!phase || phase->do_not_invoice_phase) return std::nullopt;
  return terms;
}

}  // namespace tallybook
