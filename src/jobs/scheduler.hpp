// Scheduler: runs what falls due in every account and mode, once a second, on its own thread. A
// mode whose test clock is frozen stands still: only advancing it runs anything.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/billing/billing_run.hpp"

namespace tallybook {

class Scheduler {
 public:
  // `services` must outlive this.
  explicit Scheduler(Services& services) : services_(services) {}
  ~Scheduler() { stop(); }
  void start();
  // Ends after the transaction in hand.
  void stop();
  // One round over all accounts and modes; returns what it did. Any thread.
  RunCounts run_once();

 private:
  // Balances brought up to date per mode and round: reading one does it too, so it may wait.
  static constexpr std::int64_t most_folds = 50;
  void loop();
  RunCounts run_tenant(Tenant const& tenant);
  Services& services_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
};

}  // namespace tallybook
