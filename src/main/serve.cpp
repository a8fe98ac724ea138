// `tallybook serve`: the API on one address, the scheduler beside it, until SIGTERM.
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

#include "api/protocol/api.hpp"
#include "base/log.hpp"
#include "http/server/metrics.hpp"
#include "http/server/server.hpp"
#include "jobs/scheduler.hpp"
#include "jobs/tax_worker.hpp"
#include "main/api_routes.hpp"
#include "main/assets.hpp"
#include "main/commands.hpp"
#include "main/control.hpp"
#include "main/node.hpp"

namespace tallybook {
namespace serve_detail {

std::pair<std::string, std::uint16_t> host_and_port(std::string const& listen) {
  auto const colon = listen.rfind(':');
  if (colon == std::string::npos || colon + 1 == listen.size())
    throw std::runtime_error("--listen expects HOST:PORT");
  int port = -1;
  try {
    port = std::stoi(listen.substr(colon + 1));
  } catch (std::exception const&) {
  }
  if (port < 0 || port > 65535)
    throw std::runtime_error("--listen expects HOST:PORT with a port from 0 to 65535");
  std::string host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, static_cast<std::uint16_t>(port)};
}

// What needs no key: health, metrics, the document, the console.
class OpenPages {
 public:
  OpenPages(SqlDatabase& database, EventStore& events, HttpMetrics& metrics)
      : database_(database), events_(events), metrics_(metrics) {}

  std::optional<Response> find(Request const& request, Server const& server) {
    if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
    std::string const& path = request.path;
    if (path == "/health") return json(200, "{\"status\":\"ok\"}");
    if (path == "/ready") return ready();
    if (path == "/metrics") {
      metrics_.update(server.stats());
      return Response{200,
                      {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}},
                      metrics_.metrics_text()};
    }
    if (path == "/")
      return Response{302, {{"location", "/app/"}, {"content-type", "text/plain"}}, "See /app/\n"};
    return asset(request);
  }

 private:
  static Response json(int status, std::string body) {
    return {status, {{"content-type", "application/json; charset=utf-8"}}, std::move(body)};
  }

  Response ready() {
    try {
      database_.read([](SqlSession& sql) { sql.number("SELECT COUNT(*) FROM schema_migrations"); });
      events_.last_sequence();
      return json(200, "{\"status\":\"ready\"}");
    } catch (std::exception const& problem) {
      log::warn(std::string("not ready: ") + problem.what());
      return json(503, "{\"status\":\"not ready\"}");
    }
  }

  // Nothing from anywhere else: the pages carry all they need.
  static constexpr char const* app_policy = "default-src 'self'; frame-src blob:; object-src blob:";
  static constexpr char const* docs_policy =
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

  static std::optional<Response> asset(Request const& request) {
    std::string path = request.path;
    if (path == "/docs" || path == "/docs/") path = "/docs/index.html";
    Asset const* found = find_asset(path);
    // The console routes inside the page: unknown paths under it are the page itself, lost files
    // not.
    bool const page =
        path == "/app" || (path.starts_with("/app/") && !path.starts_with("/app/assets/"));
    if (found == nullptr && page) found = find_asset("/app/index.html");
    if (found == nullptr) return std::nullopt;
    Response response;
    response.headers = {
        {"content-type", std::string(found->content_type)},
        {"etag", std::string(found->etag)},
        {"cache-control", "no-cache"},
        {"x-content-type-options", "nosniff"},
        {"content-security-policy", path.starts_with("/docs/") ? docs_policy : app_policy}};
    if (request.header("if-none-match") == found->etag) {
      response.status = 304;
    } else {
      response.body = found->content;
    }
    return response;
  }

  SqlDatabase& database_;
  EventStore& events_;
  HttpMetrics& metrics_;
};

// Waits for SIGTERM or SIGINT; a second one ends the process at once.
void wait_for_stop(sigset_t const& signals) {
  int which = 0;
  sigwait(&signals, &which);
  std::thread([signals] {
    int again = 0;
    sigwait(&signals, &again);
    std::fputs("second signal: stopping at once\n", stderr);
    std::_Exit(130);
  }).detach();
}

}  // namespace serve_detail

int serve(Settings const& settings) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread: all inherit it
  std::signal(SIGPIPE, SIG_IGN);

  Node node(settings);
  CustomerDirectory directory;
  api::Api api(node.services(), {settings.public_url, settings.rate_limits == "vendor"});
  add_all_routes(api.router(), directory);
  HttpMetrics metrics;
  serve_detail::OpenPages pages(node.database(), node.events(), metrics);

  ServerOptions options;
  std::tie(options.host, options.port) = serve_detail::host_and_port(settings.listen);
  options.worker_threads = settings.workers;
  options.trusted_proxies = settings.trusted_proxies;
  options.long_running = [&](Request const& request) { return api.long_running(request); };
  options.on_done = [&](Request const& request, Response const& response,
                        std::chrono::microseconds took) {
    metrics.record(request.method, api.route_name(request), response.status, took);
  };
  Server* running = nullptr;
  Server server(options, [&](Request const& request) {
    if (auto page = pages.find(request, *running)) return *std::move(page);
    return api.handle(request);
  });
  running = &server;
  server.start();
  Scheduler scheduler(node.services());
  scheduler.start();
  TaxWorker tax_worker(node.services());
  tax_worker.start();
  ControlSocket const control(settings.data, control_answers(node));
  std::string const host =
      options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]";
  std::printf("Tallybook serves on http://%s:%d\n", host.c_str(), server.port());
  std::fflush(stdout);

  serve_detail::wait_for_stop(signals);
  log::info("stopping: finishing what was accepted");
  server.stop();
  scheduler.stop();
  tax_worker.stop();
  return 0;
}

}  // namespace tallybook
