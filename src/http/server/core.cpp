#include "http/server/core.hpp"

#include "base/log.hpp"
#include "http/server/wire.hpp"

namespace tallybook {

void ServerCore::account(Request const& request, Response const& response, Time started) const {
  auto const took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - started);
  std::string line;
  line.reserve(96 + request.path.size());
  line += request.method.empty() ? "-" : request.method;
  line += ' ';
  line += request.path.empty() ? "-" : request.path;
  line += ' ';
  line += std::to_string(response.status);
  line += ' ';
  auto const tenths = took.count() / 100;
  line += std::to_string(tenths / 10);
  line += '.';
  line += std::to_string(tenths % 10);
  line += "ms ";
  line += request.request_id;
  log::debug(line);
  if (!options.on_done) return;
  try {
    options.on_done(request, response, took);
  } catch (std::exception const& error) {
    log::error("request " + request.request_id + ": on_done failed: " + error.what());
  } catch (...) {
    log::error("request " + request.request_id + ": on_done failed");
  }
}

Response ServerCore::answer(Request const& request) {
  try {
    return handler(request);
  } catch (std::exception const& error) {
    log::error("request " + request.request_id + ": handler failed: " + error.what());
  } catch (...) {
    log::error("request " + request.request_id + ": handler failed with an unknown exception");
  }
  ++handler_failures;
  return http_wire::error_response(500, "Internal server error");
}

void ServerCore::connection_closed() {
  if (--connections_open > 0 || !draining) return;
  // Under the lock, so that a waiter between its test and its sleep is not missed.
  std::lock_guard const lock(mutex_);
  closed_.notify_all();
}

bool ServerCore::wait_until_closed(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return closed_.wait_for(lock, most, [this] { return connections_open == 0; });
}

}  // namespace tallybook
