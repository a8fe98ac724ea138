// Server: HTTP/1.0 and 1.1 on one address. Sockets live on a few io threads; each whole request
// is handed to a fixed pool of workers where the synchronous handler runs. Everything is bounded:
// header, body, time, connections and queue. No TLS: a proxy in front does that.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/server/message.hpp"

namespace tallybook {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any free port, see Server::port()
  int io_threads = 1;
  int worker_threads = 4;
  std::size_t max_body = 16 * 1024 * 1024;
  std::size_t max_header = 32 * 1024;  // request line and all fields together
  std::size_t max_connections = 1024;  // more are answered 503 and closed
  std::size_t max_queue = 4096;        // requests waiting for a worker; more are answered 503
  std::chrono::milliseconds header_timeout{10'000};      // for the whole header
  std::chrono::milliseconds body_timeout{30'000};        // for the whole body; also a stuck write
  std::chrono::milliseconds keep_alive_timeout{60'000};  // idle between two requests
  std::chrono::milliseconds request_deadline{30'000};    // from request read to answer ready
  std::chrono::milliseconds drain_timeout{20'000};       // how long stop() waits for answers
  // Addresses or CIDR blocks whose X-Forwarded-For, -Proto and -Host are believed.
  std::vector<std::string> trusted_proxies;
  // True for requests exempt from request_deadline. Called on an io thread: quick, no blocking.
  std::function<bool(Request const&)> long_running;
  // Called once per answer, also for those the server makes itself (400, 413, 503, 504 ...; the
  // method and path are empty when the header could not be read). The time runs from request read
  // to answer ready. Called on worker and io threads at once: quick and thread-safe.
  std::function<void(Request const&, Response const&, std::chrono::microseconds)> on_done;
};

class Server {
 public:
  // Called on worker threads, several at a time. An exception becomes a logged 500.
  using Handler = std::function<Response(Request const&)>;

  // Throws std::runtime_error when a trusted proxy is not an address or CIDR block.
  Server(ServerOptions options, Handler handler);
  // As stop().
  ~Server();
  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;

  // Binds, listens and starts the threads. Throws std::runtime_error naming address and cause
  // when it cannot; the object may then only be destroyed. Call once.
  void start();

  // The port bound by start(); 0 before.
  [[nodiscard]] std::uint16_t port() const;

  // Stops accepting, closes idle connections, lets requests that have begun to arrive be answered
  // and written. After drain_timeout connections are cut. Returns when all threads have ended, so
  // a handler that is still running is always waited for. Safe to call twice and from any thread
  // except the server's own.
  void stop();

  struct Stats {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_rejected = 0;  // over max_connections
    std::uint64_t requests = 0;              // read whole
    std::uint64_t requests_rejected = 0;     // malformed, too large, too slow, or queue full
    std::uint64_t deadlines_missed = 0;      // answered 504
    std::uint64_t handler_failures = 0;      // the handler threw
    std::uint64_t queued = 0;                // waiting for a worker now
  };
  // Any thread, any time.
  [[nodiscard]] Stats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tallybook
