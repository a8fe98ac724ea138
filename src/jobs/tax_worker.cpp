#include "jobs/tax_worker.hpp"

#include "app/tax/external_taxes.hpp"
#include "app/tax/tax_numbers.hpp"
#include "base/log.hpp"

namespace tallybook {

void TaxWorker::start() {
  if (services_.tax_numbers == nullptr && services_.tax_engine == nullptr) return;
  thread_ = std::thread([this] { loop(); });
}

void TaxWorker::stop() {
  {
    std::lock_guard const lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TaxWorker::loop() {
  while (!stopping_) {
    try {
      run_once();
    } catch (std::exception const& problem) {
      log::error(std::string("tax questions: ") + problem.what());
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::seconds(2), [this] { return stopping_.load(); });
  }
}

int TaxWorker::run_once() {
  std::vector<Tenant> tenants;
  services_.database.read([&](SqlSession& sql) {
    tenants.clear();
    sql.query("SELECT id FROM accounts ORDER BY created_at, id", {}, [&](SqlRow const& row) {
      for (Mode const mode : {Mode::test, Mode::live})
        tenants.push_back({std::string(row.text(0)), mode});
    });
  });
  int asked = 0;
  for (auto const& tenant : tenants) {
    if (stopping_) break;
    try {
      asked += check_tax_numbers(services_, tenant);
      asked += ask_external_taxes(services_, tenant);
    } catch (StoreUnavailable const&) {
      throw;
    } catch (std::exception const& problem) {
      // One account's trouble is not the others'.
      log::error("tax questions of " + tenant.account_id + "/" +
                 std::string(mode_text(tenant.mode)) + ": " + problem.what());
    }
  }
  return asked;
}

}  // namespace tallybook
