// ServerCore: what the sessions, the workers and the listener of one Server share. Outlives all of
// them; every member may be used from any thread. Internal to http/server.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "http/server/forwarded.hpp"
#include "http/server/server.hpp"
#include "http/server/worker_pool.hpp"

namespace tallybook {

struct ServerCore {
  using Time = std::chrono::steady_clock::time_point;

  ServerCore(ServerOptions given_options, Server::Handler given_handler)
      : options(std::move(given_options)),
        handler(std::move(given_handler)),
        proxies(options.trusted_proxies),
        pool(options.max_queue) {}

  ServerOptions const options;
  Server::Handler const handler;
  TrustedProxies const proxies;
  WorkerPool pool;

  std::atomic<bool> draining{false};
  std::atomic<std::uint64_t> connections_open{0};
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_rejected{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> requests_rejected{0};
  std::atomic<std::uint64_t> deadlines_missed{0};
  std::atomic<std::uint64_t> handler_failures{0};

  // One access line and the on_done hook; called once for every answer.
  void account(Request const& request, Response const& response, Time started) const;

  // The handler's answer, or the logged 500 when it throws.
  Response answer(Request const& request);

  void connection_closed();
  // True when the last connection closed in time.
  bool wait_until_closed(std::chrono::milliseconds most);

 private:
  std::mutex mutex_;
  std::condition_variable closed_;
};

}  // namespace tallybook
