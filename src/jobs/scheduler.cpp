#include "jobs/scheduler.hpp"

#include "app/credit/credits.hpp"
#include "app/ledger/sealing.hpp"
#include "app/subscription/seats.hpp"
#include "base/log.hpp"

namespace tallybook {

void Scheduler::start() {
  thread_ = std::thread([this] { loop(); });
}

void Scheduler::stop() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Scheduler::loop() {
  int failures = 0;
  while (!stopping_) {
    try {
      run_once();
      failures = 0;
    } catch (std::exception const& problem) {
      // The store is away or a rule broke: nothing was half done, the next round tries again.
      ++failures;
      log::error(std::string("billing run: ") + problem.what());
    }
    std::unique_lock lock(mutex_);
    auto const pause = std::chrono::seconds(failures == 0 ? 1 : std::min(60, failures * 5));
    wake_.wait_for(lock, pause, [this] { return stopping_.load(); });
  }
}

RunCounts Scheduler::run_once() {
  std::vector<Tenant> tenants;
  services_.database.read([&](SqlSession& sql) {
    sql.query("SELECT id FROM accounts ORDER BY created_at, id", {}, [&](SqlRow const& row) {
      for (Mode const mode : {Mode::test, Mode::live})
        tenants.push_back({std::string(row.text(0)), mode});
    });
  });
  RunCounts total;
  for (auto const& tenant : tenants) {
    if (stopping_) break;
    try {
      total += run_tenant(tenant);
    } catch (StoreUnavailable const&) {
      throw;
    } catch (std::exception const& problem) {
      // One account's trouble is not the others'.
      log::error("billing run of " + tenant.account_id + "/" + std::string(mode_text(tenant.mode)) +
                 ": " + problem.what());
    }
  }
  return total;
}

RunCounts Scheduler::run_tenant(Tenant const& tenant) {
  // Deducting usage is no matter of time: it happens in a frozen mode too.
  fold_usage(services_, tenant, {}, most_folds);
  follow_seats(services_, tenant, most_folds);
  bool frozen = false;
  services_.database.read([&](SqlSession& sql) { frozen = frozen_clock(sql, tenant).has_value(); });
  RunCounts counts;
  if (!frozen)
    counts = run_due(services_, tenant, services_.clock.now(), false,
                     [this] { return stopping_.load(); });
  seal_ledger(services_, tenant);
  return counts;
}

}  // namespace tallybook
