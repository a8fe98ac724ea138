// HttpMetrics: counts of answers and their durations, in the text format Prometheus reads. Owned by
// main for the life of the program; every function may be called from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "http/server/server.hpp"

namespace tallybook {

class HttpMetrics {
 public:
  HttpMetrics();
  ~HttpMetrics();
  HttpMetrics(HttpMetrics const&) = delete;
  HttpMetrics& operator=(HttpMetrics const&) = delete;

  // One answer. `route` is the pattern ("/v1/customers/{id}"), not the path: every new value is a
  // new series. Unknown methods count as "other", and so do routes after the first thousand.
  void record(std::string_view method, std::string_view route, int status,
              std::chrono::microseconds took);

  // The server's own numbers, taken over for the next text.
  void update(Server::Stats const& stats);

  // Content type: "text/plain; version=0.0.4". Series:
  //   http_requests_total{method,route,status}   status is the class: "2xx"
  //   http_request_duration_seconds{method,route}  histogram
  //   http_connections_open, http_queue_length, http_connections_rejected_total,
  //   http_requests_rejected_total, http_deadlines_missed_total, http_handler_failures_total
  [[nodiscard]] std::string metrics_text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tallybook
