// TaxWorker: what tax has to ask others, on a thread of its own, so that a register or engine that
// takes its time delays no billing. Questions are asked outside of transactions.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/unit_of_work.hpp"

namespace tallybook {

class TaxWorker {
 public:
  // `services` must outlive this.
  explicit TaxWorker(Services& services) : services_(services) {}
  ~TaxWorker() { stop(); }
  // Nothing is started when there is nobody to ask.
  void start();
  // Ends after the question in hand.
  void stop();
  // One round over all accounts and modes, frozen ones too: others do not wait for a test clock.
  // Returns how many questions were asked. Any thread, one at a time.
  int run_once();

 private:
  void loop();
  Services& services_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
};

}  // namespace tallybook
