#include "app/subscription/seats.hpp"

#include <algorithm>

#include "app/billing/open_invoice.hpp"
#include "app/subscription/changing.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"
#include "domain/subscription/metering.hpp"
#include "reflect/json.hpp"

namespace tallybook {
namespace seats_detail {

bool runs(SubscriptionState const& state, SubscriptionLine const& line) {
  return is_connected_seat(line) && !line.detached_at && !line.replaced_at &&
         line.phase_id == state.subscription.current_phase_id;
}

AggregatorRule rule_of_line(UnitOfWork& work, std::string const& aggregator_id) {
  auto const aggregator = work.records<Aggregator>().find(aggregator_id);
  TB_ASSERT(aggregator.has_value());
  return rule_of(*aggregator);
}

// Counts only ever grow, but for events that are taken back: a last value has a peak of its own.
Exact peak_since(UnitOfWork& work, CustomerId const& customer, std::string const& aggregator_id,
                 Instant from, Instant before) {
  Exact const at_first = connected_seats(work, customer, aggregator_id, from);
  Exact const at_last = connected_seats(work, customer, aggregator_id, before);
  Exact peak = max(at_first, at_last);
  UsageQuery query;
  query.tenant = work.tenant();
  query.rule = rule_of_line(work, aggregator_id);
  if (query.rule.operation != AggregatorOperation::last) return peak;
  query.rule.operation = AggregatorOperation::max;
  query.customer_ids = {customer.value};
  query.from = from;
  query.to = before;
  return max(peak, work.usage(query).quantity);
}

Exact count_of(BillingStep& step, SubscriptionLine const& line, Date day, Instant before) {
  auto const& customer = step.state.subscription.customer_id;
  if (line.seat_refresh && line.seat_refresh->count == SeatCount::peak)
    return peak_since(step.work, customer, *line.aggregator_id,
                      step.zone.start_of(refresh_period(line, day).start), before);
  return connected_seats(step.work, customer, *line.aggregator_id, before);
}

// The next event that is not of the past yet: realtime seats change with it.
std::optional<Instant> next_event(UnitOfWork& work, CustomerId const& customer,
                                  std::string const& aggregator_id, Instant after) {
  EventListQuery query;
  query.tenant = work.tenant();
  query.event_type = rule_of_line(work, aggregator_id).event_type;
  query.customer_ids = {customer.value};
  query.from = after + 1;
  query.ascending = true;
  query.take = 1;
  auto const page = work.services().events.list(query);
  if (page.events.empty()) return std::nullopt;
  return page.events.front().timestamp;
}

std::optional<Instant> next_count(UnitOfWork& work, SubscriptionState const& state,
                                  SubscriptionLine const& line, Instant now, TimeZone const& zone) {
  switch (refresh_mode(line)) {
    case SeatRefreshMode::periodic:
      return zone.start_of(refresh_period(line, std::max(zone.date_of(now), line.anchor_on)).end);
    case SeatRefreshMode::realtime:
      return next_event(work, state.subscription.customer_id, *line.aggregator_id, now);
    case SeatRefreshMode::manual:
      break;
  }
  return std::nullopt;
}

bool renewed_ahead(BillingStep const& step) {
  auto const& until = step.state.subscription.renewed_until;
  return until && *until > step.due;
}

// Makes the count that of the aggregator. Nothing when it is.
Result<std::vector<SubscriptionUpdate>> change_count(BillingStep& step,
                                                     SubscriptionLine const& line,
                                                     Exact const& count) {
  if (count == line.count) return std::vector<SubscriptionUpdate>{};
  SubscriptionChange change;
  change.type = UpdateType::update_count;
  change.product_id = line.product_id.value;
  change.count = count;
  change.path = "products[" + std::to_string(line.position) + "]";
  change.counted = true;
  UpdateTerms terms;
  if (line.seat_refresh) {
    terms.payment_schedule = line.seat_refresh->payment_schedule;
    terms.calculation_method = line.seat_refresh->calculation_method;
  }
  auto const next = refresh_mode(line) == SeatRefreshMode::periodic ? line.seats_refresh_at
                                                                    : std::optional<Instant>{};
  return apply_changes(step, {change}, terms, next);
}

// The line waits for the next events with the count it has. What is new is for the log.
void step_aside(UnitOfWork& work, SubscriptionLine& line, std::string const& problem,
                std::optional<std::string> const& known, std::vector<std::string>& problems) {
  if (line.seats_sequence) {
    line.seats_problem = problem;
    work.records<SubscriptionLine>().update(line);
  }
  if (known != problem)
    problems.push_back("seats of line " + line.id.value + " of subscription " +
                       line.subscription_id.value + " are not counted: " + problem);
}

// Counts now: all lines, or those that follow every event. With a place for its problems each line
// is for itself: no other waits for one whose count cannot be applied.
Result<std::vector<SubscriptionUpdate>> count_now(UnitOfWork& work, SubscriptionState& state,
                                                  bool all, std::vector<std::string>* problems) {
  BillingStep step(work, state, work.now());
  Date const today = step.zone.date_of(work.now());
  auto const sequence = static_cast<std::int64_t>(work.services().events.last_sequence());
  std::vector<SubscriptionUpdate> updates;
  for (std::size_t i = 0; i < state.lines.size(); ++i) {
    bool const realtime = refresh_mode(state.lines[i]) == SeatRefreshMode::realtime;
    if (!runs(state, state.lines[i]) || (!all && !realtime)) continue;
    auto const known = state.lines[i].seats_problem;
    if (realtime) {
      auto& line = state.lines[i];
      line.seats_sequence = sequence;
      line.seats_refresh_at = next_count(work, state, line, work.now(), step.zone);
      line.seats_problem.reset();
      work.records<SubscriptionLine>().update(line);
    }
    SubscriptionLine const line = state.lines[i];
    auto changed = change_count(step, line, count_of(step, line, today, work.now() + 1));
    if (!changed && problems != nullptr) {
      step_aside(work, state.lines[i], changed.error().message, known, *problems);
      continue;
    }
    if (!changed) return fail(changed.error());
    std::ranges::move(*changed, std::back_inserter(updates));
  }
  if (!updates.empty()) {
    step.charge(PaymentSchedule::start);
    RunCounts counts;
    step.finish(counts);
  }
  auto const planned = state.subscription.next_event_at;
  plan_events(work, state);
  if (updates.empty() && planned == state.subscription.next_event_at) return updates;
  save_state(work, state, !updates.empty());
  if (updates.empty()) return updates;
  keep_open_invoice(work, state);
  step.news.tell_all(work, state);
  tell(work, state, "subscription.updated", updates);
  return updates;
}

// Counts the realtime seats of one subscription. What this cannot do, an invariant that does not
// hold included, makes them wait for the next events.
void follow(Services& services, Tenant const& tenant, SubscriptionId const& id) {
  auto const sequence = static_cast<std::int64_t>(services.events.last_sequence());
  std::vector<std::string> problems;
  std::optional<std::string> broken;
  try {
    auto const followed = in_unit(services, tenant, [&](UnitOfWork& work) -> Result<void> {
      problems.clear();
      TB_TRY(state, load_current(work, id));
      if (state.subscription.status != SubscriptionStatus::active) return {};
      TB_CHECK(require_state(work, state.subscription, SubscriptionCall::refresh_seat_products));
      TB_TRY(updates, count_now(work, state, false, &problems));
      (void)updates;
      return {};
    });
    if (!followed) broken = followed.error().message;
  } catch (BrokenInvariant const& problem) {
    broken = problem.what();
  }
  if (broken) {
    (void)in_unit(services, tenant, [&](UnitOfWork& work) -> Result<void> {
      problems.clear();
      for (auto& line : work.records<SubscriptionLine>().where(
               "subscription_id = ? AND seats_sequence IS NOT NULL AND detached_at IS NULL AND "
               "replaced_at IS NULL ORDER BY id",
               {id.value})) {
        line.seats_sequence = sequence;
        auto const known = line.seats_problem;
        step_aside(work, line, *broken, known, problems);
      }
      return {};
    });
  }
  for (auto const& problem : problems) log::warn(problem);
}

}  // namespace seats_detail

Exact connected_seats(UnitOfWork& work, CustomerId const& customer,
                      std::string const& aggregator_id, Instant before) {
  UsageQuery query;
  query.tenant = work.tenant();
  query.rule = seats_detail::rule_of_line(work, aggregator_id);
  query.customer_ids = {customer.value};
  query.from = since_ever;
  query.to = before;
  return max(work.usage(query).quantity, 0);
}

Result<void> set_seat_refresh(NewLine const& wanted, SubscriptionLine& line) {
  if (!wanted.seat_refresh) return {};
  reflect::Problems problems;
  for (auto& [field, reason] : problems_of(*wanted.seat_refresh, line))
    problems.add(wanted.path + ".seat_refresh" + field, reason);
  if (!problems.empty()) return fail(problems.error());
  line.seat_refresh = wanted.seat_refresh;
  if (wanted.seat_refresh->mode == SeatRefreshMode::realtime) line.seats_sequence = 0;
  return {};
}

void read_seats(UnitOfWork& work, SubscriptionState& state) {
  for (auto& line : state.lines) {
    if (is_connected_seat(line) && !line.replaced_at)
      line.count = connected_seats(work, state.subscription.customer_id, *line.aggregator_id,
                                   work.now() + 1);
  }
}

std::optional<Instant> plan_seats(UnitOfWork& work, SubscriptionState& state) {
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  std::optional<Instant> earliest;
  for (auto& line : state.lines) {
    if (!seats_detail::runs(state, line)) continue;
    // What follows every event is planned with each count; before the first one it is planned here.
    bool const counted = line.seats_sequence && *line.seats_sequence > 0;
    if (!line.seats_refresh_at && !counted) {
      line.seats_refresh_at = seats_detail::next_count(work, state, line, work.now(), zone);
      if (line.seats_refresh_at) work.records<SubscriptionLine>().update(line);
    }
    if (line.seats_refresh_at && (!earliest || *line.seats_refresh_at < *earliest))
      earliest = line.seats_refresh_at;
  }
  return earliest;
}

void count_planned_seats(BillingStep& step) {
  using namespace seats_detail;
  std::vector<SubscriptionUpdate> updates;
  for (std::size_t i = 0; i < step.state.lines.size(); ++i) {
    auto& line = step.state.lines[i];
    if (!runs(step.state, line) || !line.seats_refresh_at || *line.seats_refresh_at > step.due)
      continue;
    // The end of a period belongs to the next one, an event to its own moment.
    bool const periodic = refresh_mode(line) == SeatRefreshMode::periodic;
    Date const day = step.zone.date_of(*line.seats_refresh_at) - (periodic ? 1 : 0);
    Exact const count = count_of(step, line, day, periodic ? step.due : step.due + 1);
    line.seats_refresh_at = next_count(step.work, step.state, line, step.due, step.zone);
    if (renewed_ahead(step)) {
      // No change before that: what an event changed is seen then.
      if (!periodic) line.seats_refresh_at = step.state.subscription.renewed_until;
      continue;
    }
    SubscriptionLine const counted = line;
    auto const changed = change_count(step, counted, count);
    // A price beyond all bounds: the count stays, and a person sees it at the next refresh by hand.
    if (changed) updates.insert(updates.end(), changed->begin(), changed->end());
  }
  if (!updates.empty()) step.news.add(step.work, step.state, "subscription.updated", updates);
}

Result<std::vector<SubscriptionUpdate>> refresh_seats(UnitOfWork& work, SubscriptionId const& id) {
  TB_TRY(state, load_current(work, id));
  TB_CHECK(require_state(work, state.subscription, SubscriptionCall::refresh_seat_products));
  return seats_detail::count_now(work, state, true, nullptr);
}

int refresh_all_seats(UnitOfWork& work) {
  int changed = 0;
  std::vector<std::string> problems;
  auto const& tenant = work.tenant();
  for (auto const& subscription : work.records<Subscription>().where(
           "status = 'active' AND id IN (SELECT l.subscription_id FROM subscription_lines l WHERE "
           "l.account_id = ? AND l.mode = ? AND l.type = 'seat' AND l.aggregator_id IS NOT NULL) "
           "ORDER BY id",
           {tenant.account_id, std::string(mode_text(tenant.mode))})) {
    auto state = load_current(work, subscription.id);
    if (!state || !allows(state->subscription, SubscriptionCall::refresh_seat_products, work.now()))
      continue;
    auto const updates = seats_detail::count_now(work, *state, true, &problems);
    TB_ASSERT(updates.has_value());
    changed += static_cast<int>(updates->size());
  }
  for (auto const& problem : problems) log::warn(problem);
  return changed;
}

std::int64_t follow_seats(Services& services, Tenant const& tenant, std::int64_t most) {
  // Those that were counted longest ago come first: events that never stop leave nobody out.
  std::vector<std::string> behind;
  services.database.read([&](SqlSession& sql) {
    std::string const mode(mode_text(tenant.mode));
    auto const sequence = static_cast<std::int64_t>(services.events.last_sequence_of(tenant));
    Instant const now = tenant_now(sql, tenant, services.clock);
    behind.clear();
    sql.query(
        "SELECT subscription_id FROM subscription_lines WHERE account_id = ? AND mode = ? "
        "AND seats_sequence IS NOT NULL AND seats_sequence < ? AND detached_at IS NULL AND "
        "replaced_at IS NULL AND subscription_id IN (SELECT s.id FROM subscriptions s WHERE "
        "s.account_id = ? AND s.mode = ? AND s.status = 'active' AND (s.renewed_until IS NULL OR "
        "s.renewed_until <= ?)) GROUP BY subscription_id ORDER BY MIN(seats_sequence), "
        "subscription_id LIMIT ?",
        {tenant.account_id, mode, sequence, tenant.account_id, mode, now.ms, most},
        [&](SqlRow const& row) { behind.emplace_back(row.text(0)); });
  });
  for (auto const& id : behind) seats_detail::follow(services, tenant, SubscriptionId(id));
  return static_cast<std::int64_t>(behind.size());
}

}  // namespace tallybook
