// Api: one HTTP request in, one response out. Routing, keys and scopes, rate limits, bodies,
// idempotency, transactions and errors are here once, so that route handlers only speak of their
// noun. Thread-safe; handle() is called from worker threads.
#pragma once

#include <atomic>
#include <mutex>
#include <unordered_set>

#include "api/protocol/route.hpp"
#include "domain/account/account.hpp"

namespace tallybook::api {

struct ApiOptions {
  std::string public_url;    // absolute links start with it; empty: from the request
  bool rate_limits = false;  // the vendor's figures: reads 200, writes 50, ingestion 1000 per 10 s
};

class Api {
 public:
  // `services` must outlive this.
  Api(Services& services, ApiOptions options);
  ~Api();

  // Routes are added before the first request.
  [[nodiscard]] Router& router() { return router_; }
  [[nodiscard]] Response handle(Request const& request);
  // Exempt from the request deadline.
  [[nodiscard]] bool long_running(Request const& request) const;
  // "GET /v1/customers/{id}" for metrics; "unmatched" for unknown paths.
  [[nodiscard]] std::string route_name(Request const& request) const;

 private:
  struct RateWindow;
  struct Authenticated;

  Reply dispatch(Request const& request, std::vector<std::pair<std::string, std::string>>& headers);
  Result<ApiKey> authenticate(Request const& request, Route const& route);
  Result<void> count_request(ApiKey const& key, Route const& route,
                             std::vector<std::pair<std::string, std::string>>& headers);
  Result<Reply> run(Call& call, Route const& route);
  Result<Reply> run_once(Call& call, Route const& route);
  Result<Reply> run_with_key(Call& call, Route const& route, std::string const& idempotency_key);
  [[nodiscard]] std::string base_url(Request const& request) const;

  Services& services_;
  ApiOptions options_;
  Router router_;
  std::mutex running_mutex_;
  std::unordered_set<std::string>
      running_keys_;  // idempotency keys being worked on by this process
  std::mutex rates_mutex_;
  std::map<std::string, RateWindow> rates_;
};

}  // namespace tallybook::api
