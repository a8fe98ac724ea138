// What falls due in an account and mode, found by index and worked off in time order.
#include <algorithm>

#include "app/billing/billing_run.hpp"
#include "app/billing/organisation_billing.hpp"
#include "app/credit/credits.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/payment/collecting.hpp"
#include "app/payment/payments.hpp"
#include "app/revenue/recognising.hpp"
#include "app/usage/shared_counts.hpp"
#include "app/wallet/loading.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"

namespace tallybook {
namespace due_detail {

// Calls to providers prepared together: what dies in between is asked about again.
constexpr int most_calls = 50;

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
    {"invoices", "collect_at", "collect_at IS NOT NULL"},
    {"transactions", "look_again_at", "look_again_at IS NOT NULL"},
    {"wallets", "auto_load_due_at", "auto_load_due_at IS NOT NULL"},
    {"revenue_schedules", "next_at", "next_at IS NOT NULL"},
    {"customers", "organisation_next_invoice_at", "organisation_next_invoice_at IS NOT NULL"},
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

template <class T>
SharedCounts counts_of(std::vector<T> const& due) {
  std::vector<std::string> customers;
  for (auto const& each : due) customers.push_back(each.customer_id.value);
  return SharedCounts(std::move(customers));
}

int run_subscriptions(UnitOfWork& work, Instant at, int batch, RunCounts& counts) {
  auto due = work.records<Subscription>().where(due_at(kinds[0]) + work.sql().for_update(),
                                                {at.ms, std::int64_t{batch}});
  auto shared = counts_of(due);
  work.share_counts(&shared);
  for (auto& subscription : due) {
    auto state = load_state(work.sql(), work.tenant(), std::move(subscription));
    auto const billed = bill_subscription_until(work, state, at);
    TB_ASSERT(billed.has_value());
    counts += *billed;
    TB_ASSERT(!state.subscription.next_due_at || *state.subscription.next_due_at > at);
  }
  work.share_counts(nullptr);
  return static_cast<int>(due.size());
}

int run_graces(UnitOfWork& work, Instant at, int batch, RunCounts& counts) {
  auto due = work.records<Invoice>().where(due_at(kinds[1]) + work.sql().for_update(),
                                           {at.ms, std::int64_t{batch}});
  auto shared = counts_of(due);
  work.share_counts(&shared);
  for (auto& invoice : due) {
    end_grace(work, std::move(invoice));
    ++counts.invoices_issued;
  }
  work.share_counts(nullptr);
  return static_cast<int>(due.size());
}

void run_payments(UnitOfWork& work, Instant at, int batch, RunCounts& counts) {
  for (auto& transaction : work.records<Transaction>().where(
           due_at(kinds[2]) + work.sql().for_update(), {at.ms, std::int64_t{batch}})) {
    if (settle_planned(work, std::move(transaction))) ++counts.payments_settled;
  }
}

void run_expiries(UnitOfWork& work, Instant at, int batch, RunCounts& counts) {
  for (auto const& grant :
       work.records<CreditGrant>().where(due_at(kinds[3]), {at.ms, std::int64_t{batch}})) {
    if (expire_grant(work, grant.id)) ++counts.credits_expired;
  }
}

void run_collections(UnitOfWork& work, Instant at, int batch) {
  for (auto& invoice : work.records<Invoice>().where(due_at(kinds[4]) + work.sql().for_update(),
                                                     {at.ms, std::int64_t{batch}}))
    collect_invoice(work, std::move(invoice));
}

// One at a time: a load takes a number before it locks the wallet.
void run_wallets(UnitOfWork& work, Instant at) {
  for (auto const& wallet :
       work.records<Wallet>().where(due_at(kinds[6]), {at.ms, std::int64_t{1}}))
    run_auto_load(work, wallet.id);
}

void run_recognition(UnitOfWork& work, Instant at, int batch) {
  for (auto& schedule : work.records<RevenueSchedule>().where(
           due_at(kinds[7]) + work.sql().for_update(), {at.ms, std::int64_t{batch}}))
    recognise(work, std::move(schedule));
}

void run_organisations(UnitOfWork& work, Instant at, int batch, RunCounts& counts) {
  for (auto& organisation : work.records<Customer>().where(
           due_at(kinds[8]) + work.sql().for_update(), {at.ms, std::int64_t{batch}})) {
    for (auto const& document : invoice_organisation(work, std::move(organisation))) {
      ++counts.invoices_created;
      if (document.invoice.number) ++counts.invoices_issued;
    }
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
    // Not even its planned end can be run: it is not tried again by itself.
    bool const again = state.subscription.status == SubscriptionStatus::errored;
    state.subscription.status = SubscriptionStatus::errored;
    save_state(work, state, false);
    if (again) {
      state.subscription.next_due_at.reset();
      work.records<Subscription>().update(state.subscription);
    }
    work.emit("subscription.errored", state.subscription.customer_id,
              work.services().snapshots.subscription(state.subscription, state.lines));
    return true;
  }
  if (kind == 4) {
    for (auto& invoice : work.records<Invoice>().where(due_at(kinds[4]) + work.sql().for_update(),
                                                       {at.ms, std::int64_t{1}})) {
      invoice.collect_at.reset();
      work.records<Invoice>().update(invoice);
    }
    return true;
  }
  if (kind == 5) {
    for (auto& transaction : work.records<Transaction>().where(
             due_at(kinds[5]) + work.sql().for_update(), {at.ms, std::int64_t{1}})) {
      transaction.look_again_at = work.now() + 86'400'000;
      work.records<Transaction>().update(transaction);
    }
    return true;
  }
  if (kind == 6) {
    // It loads again when somebody changes it.
    for (auto& wallet : work.records<Wallet>().where(due_at(kinds[6]) + work.sql().for_update(),
                                                     {at.ms, std::int64_t{1}})) {
      wallet.auto_load_due_at.reset();
      work.records<Wallet>().update(wallet);
    }
    return true;
  }
  if (kind == 8) {
    for (auto& organisation : work.records<Customer>().where(
             due_at(kinds[8]) + work.sql().for_update(), {at.ms, std::int64_t{1}}))
      postpone_organisation(work, std::move(organisation));
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

// Calls to providers wait until the transaction that prepared them is committed.
struct Step {
  RunCounts counts;
  std::vector<ProviderCall> calls;
  bool events = false;
  int rows = 0;  // worked off in this transaction
};

// Whether instants of the kind may share a transaction: what concerns nobody outside.
bool may_share(std::size_t kind) { return kind <= 1; }

void work_off(UnitOfWork& work, Next const& next, int batch, Step& step) {
  switch (next.kind) {
    case 0:
      step.rows += run_subscriptions(work, next.at, batch, step.counts);
      return;
    case 1:
      step.rows += run_graces(work, next.at, batch, step.counts);
      return;
    case 2:
      return run_payments(work, next.at, batch, step.counts);
    case 3:
      return run_expiries(work, next.at, batch, step.counts);
    case 4:
      return run_collections(work, next.at, std::min(batch, most_calls));
    case 5:
      step.calls = prepare_due_calls(work, next.at, std::min(batch, most_calls));
      return;
    case 6:
      return run_wallets(work, next.at);
    case 7:
      return run_recognition(work, next.at, batch);
    case 8:
      return run_organisations(work, next.at, batch, step.counts);
    default:
      step.events = true;
      return;
  }
}

// How a step is tried: together, after a broken rule one by one, and then without the one that
// breaks it.
enum class Care { together, one_by_one, set_aside };

// What is next once the provider's event at `event_at` is looked at as well.
std::optional<Next> next_with(SqlSession& sql, Tenant const& tenant, Instant until,
                              std::optional<Instant> event_at) {
  auto next = next_of(sql, tenant, until);
  if (event_at && (!next || *event_at < next->at)) next = Next{std::size(kinds), *event_at};
  return next;
}

// Moves a frozen clock to the step and does the part of it that is one transaction; the instants
// after it join while there is room in the batch, so that they share a sync. False: nothing is due
// any more.
bool take_step(Services& services, Tenant const& tenant, Instant until, bool step_clock,
               std::optional<Instant> event_at, Care care, int batch, Step& step) {
  bool more = true;
  services.database.write([&](SqlSession& sql) {
    step = {};
    // Frozen while this ran: from here on only advancing moves the mode.
    bool const stopped = !step_clock && frozen_clock(sql, tenant);
    auto next = stopped ? std::nullopt : next_with(sql, tenant, until, event_at);
    more = next.has_value();
    if (!more) return false;
    Instant const today = tenant_now(sql, tenant, services.clock);
    for (bool first = true; next; first = false) {
      if (!first && !may_share(next->kind)) break;
      // A frozen clock stands at the step; the machine's clock is past it anyway.
      Instant const now = std::max(next->at, today);
      UnitOfWork work(services, sql, tenant, step_clock ? now : today);
      if (step_clock) {
        sql.execute("UPDATE test_clocks SET now_ms = ? WHERE account_id = ? AND now_ms < ?",
                    {now.ms, tenant.account_id, now.ms});
      }
      if (care == Care::set_aside) return set_aside(work, next->kind, next->at);
      work_off(work, *next, care == Care::together ? batch - step.rows : 1, step);
      if (care != Care::together || step.rows >= batch || !may_share(next->kind)) break;
      next = next_with(sql, tenant, until, event_at);
    }
    return true;
  });
  return more;
}

}  // namespace due_detail

RunCounts run_due(Services& services, Tenant const& tenant, Instant until, bool step_clock,
                  std::function<bool()> const& stop, int batch) {
  using namespace due_detail;
  RunCounts total;
  Care care = Care::together;
  std::vector<std::string> silent;  // providers that did not answer in this run
  for (bool more = true; more && !(stop && stop());) {
    Step step;
    try {
      auto const event_at = next_provider_event(services, tenant, until, silent);
      more = take_step(services, tenant, until, step_clock, event_at, care, batch, step);
      total += step.counts;
      care = Care::together;
      total.payments_settled += carry_out(services, tenant, std::move(step.calls));
      if (step.events) total.payments_settled += read_provider_events(services, tenant, silent);
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
