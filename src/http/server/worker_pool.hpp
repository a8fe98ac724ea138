// WorkerPool: a fixed number of threads and a bounded queue in order of arrival. Internal to
// http/server; the owner must outlive every task.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tallybook {

class WorkerPool {
 public:
  using Task = std::function<void()>;

  // Starts no thread yet.
  explicit WorkerPool(std::size_t max_queue) : max_queue_(max_queue) {}
  // As stop().
  ~WorkerPool() { stop(); }
  WorkerPool(WorkerPool const&) = delete;
  WorkerPool& operator=(WorkerPool const&) = delete;

  void start(int threads);

  // False when the queue is full or the pool is stopping; the task is then not taken. Tasks must
  // not throw. Any thread.
  bool post(Task task);

  // Drops what is queued, waits for what runs. Safe to call twice; not from a task.
  void stop();

  [[nodiscard]] std::size_t queued() const;

 private:
  void run();

  std::size_t const max_queue_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tallybook
