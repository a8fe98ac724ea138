// What falls due in an account and mode, found by index and worked off in time order.
#include <algorithm>

#include "app/billing/billing_run.hpp"
#include "app/credit/credits.hpp"
#include "app/invoice/invoicing.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"

namespace tallybook {
namespace due_detail {

struct Kind {
  char const* table;
  char const* column;
  char const* condition;
};

constexpr Kind kinds[] = {
    {"subscriptions", "next_due_at", "next_due_at IS NOT NULL"},
    {"invoices", "grace_period_ends_at", "status = 'grace_period'"},
    {"transactions", "process_at", "status = 'scheduled'"},
    {"credit_grants", "expires_at", "expires_at IS NOT NULL AND remaining <> '0'"},
};

std::optional<Instant> earliest(SqlSession& sql, Tenant const& tenant, Kind const& kind) {
  std::optional<Instant> at;
  std::string const text = std::string("SELECT ") + kind.column + " FROM " + kind.table +
                           " WHERE account_id = ? AND mode = ? AND " + kind.condition +
                           " ORDER BY " + kind.column + " LIMIT 1";
  sql.query(text, {tenant.account_id, std::string(mode_text(tenant.mode))}, [&](SqlRow const& row) {
    if (!row.is_null(0)) at = Instant{row.integer(0)};
  });
  return at;
}

std::string due_at(Kind const& kind) {
  return std::string(kind.condition) + " AND " + kind.column + " <= ? ORDER BY " + kind.column +
         ", id LIMIT ?";
}

void run_subscriptions(UnitOfWork& work, Instant at, int batch, RunCounts& counts) {
  auto due = work.records<Subscription>().where(due_at(kinds[0]) + work.sql().for_update(),
                                                {at.ms, std::int64_t{batch}});
  for (auto& subscription : due) {
    auto state = load_state(work.sql(), work.tenant(), std::move(subscription));
    auto const billed = bill_subscription_until(work, state, at);
    TB_ASSERT(billed.has_value());
    counts += *billed;
    TB_ASSERT(!state.subscription.next_due_at || *state.subscription.next_due_at > at);
  }
}

void run_graces(UnitOfWork& work, Instant at, int batch, RunCounts& counts) {
  for (auto& invoice : work.records<Invoice>().where(due_at(kinds[1]) + work.sql().for_update(),
                                                     {at.ms, std::int64_t{batch}})) {
    end_grace(work, std::move(invoice));
    ++counts.invoices_issued;
  }
}

void run_payments(UnitOfWork& work, Instant at, int batch, RunCounts& counts) {
  for (auto& transaction : work.records<Transaction>().where(
           due_at(kinds[2]) + work.sql().for_update(), {at.ms, std::int64_t{batch}})) {
    settle_planned(work, std::move(transaction));
    ++counts.payments_settled;
  }
}

void run_expiries(UnitOfWork& work, Instant at, int batch, RunCounts& counts) {
  for (auto const& grant :
       work.records<CreditGrant>().where(due_at(kinds[3]), {at.ms, std::int64_t{batch}})) {
    if (expire_grant(work, grant.id)) ++counts.credits_expired;
  }
}

// Takes what cannot be billed (an amount beyond all bounds) out of the run, so that everything else
// goes on: the subscription waits as errored, the invoice as a draft, for a person. False for kinds
// that have no such state.
bool set_aside(UnitOfWork& work, std::size_t kind, Instant at) {
  if (kind == 0) {
    auto due = work.records<Subscription>().where(due_at(kinds[0]) + work.sql().for_update(),
                                                  {at.ms, std::int64_t{1}});
    if (due.empty()) return true;
    auto state = load_state(work.sql(), work.tenant(), std::move(due.front()));
    state.subscription.status = SubscriptionStatus::errored;
    save_state(work, state, false);
    work.emit("subscription.errored", state.subscription.customer_id,
              work.services().snapshots.subscription(state.subscription, state.lines));
    return true;
  }
  if (kind != 1) return false;
  for (auto& invoice : work.records<Invoice>().where(due_at(kinds[1]) + work.sql().for_update(),
                                                     {at.ms, std::int64_t{1}})) {
    invoice.status = InvoiceStatus::draft;
    invoice.grace_period_ended_at = invoice.updated_at = work.now();
    work.records<Invoice>().update(invoice);
  }
  return true;
}

// What the run does next: the kind whose earliest row is due first.
struct Next {
  std::size_t kind = 0;
  Instant at;
};
std::optional<Next> next_of(SqlSession& sql, Tenant const& tenant, Instant until) {
  std::optional<Next> next;
  for (std::size_t i = 0; i < std::size(kinds); ++i) {
    auto const candidate = earliest(sql, tenant, kinds[i]);
    if (candidate && *candidate <= until && (!next || *candidate < next->at))
      next = Next{i, *candidate};
  }
  return next;
}

void work_off(UnitOfWork& work, Next const& next, int batch, RunCounts& counts) {
  switch (next.kind) {
    case 0:
      run_subscriptions(work, next.at, batch, counts);
      break;
    case 1:
      run_graces(work, next.at, batch, counts);
      break;
    case 2:
      run_payments(work, next.at, batch, counts);
      break;
    default:
      run_expiries(work, next.at, batch, counts);
      break;
  }
}

// How a step is tried: together, after a broken rule one by one, and then without the one that
// breaks it.
enum class Care { together, one_by_one, set_aside };

}  // namespace due_detail

RunCounts run_due(Services& services, Tenant const& tenant, Instant until, bool step_clock,
                  std::function<bool()> const& stop, int batch) {
  using namespace due_detail;
  RunCounts total;
  Care care = Care::together;
  for (bool more = true; more && !(stop && stop());) {
    RunCounts counts;
    try {
      services.database.write([&](SqlSession& sql) {
        counts = {};
        // Frozen while this ran: from here on only advancing moves the mode.
        auto const next =
            !step_clock && frozen_clock(sql, tenant) ? std::nullopt : next_of(sql, tenant, until);
        more = next.has_value();
        if (!more) return false;
        // A frozen clock stands at the step; the machine's clock is past it anyway.
        Instant const today = tenant_now(sql, tenant, services.clock);
        Instant const now = std::max(next->at, today);
        UnitOfWork work(services, sql, tenant, step_clock ? now : today);
        if (step_clock) {
          sql.execute("UPDATE test_clocks SET now_ms = ? WHERE account_id = ? AND now_ms < ?",
                      {now.ms, tenant.account_id, now.ms});
        }
        if (care == Care::set_aside) return set_aside(work, next->kind, next->at);
        work_off(work, *next, care == Care::together ? batch : 1, counts);
        return true;
      });
      total += counts;
      care = Care::together;
    } catch (BrokenInvariant const& problem) {
      if (care == Care::set_aside) throw;
      log::error("billing run of " + tenant.account_id + "/" + std::string(mode_text(tenant.mode)) +
                 ": " + problem.what());
      care = care == Care::together ? Care::one_by_one : Care::set_aside;
    }
  }
  return total;
}

}  // namespace tallybook
