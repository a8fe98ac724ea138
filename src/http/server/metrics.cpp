#include "http/server/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>

namespace tallybook {
namespace metrics_detail {

constexpr std::size_t most_routes = 1000;

std::string_view known_method(std::string_view method) {
  static constexpr std::array<std::string_view, 7> known = {"GET",    "POST", "PUT",    "PATCH",
                                                            "DELETE", "HEAD", "OPTIONS"};
  return std::find(known.begin(), known.end(), method) == known.end() ? "other" : method;
}

std::string status_class(int status) {
  bool const usual = status >= 100 && status <= 599;
  return usual ? std::string(1, static_cast<char>('0' + status / 100)) + "xx" : "other";
}

prometheus::Histogram::BucketBoundaries const& buckets() {
  static prometheus::Histogram::BucketBoundaries const seconds = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return seconds;
}

}  // namespace metrics_detail

using namespace metrics_detail;

struct HttpMetrics::Impl {
  // Status classes of one method and route: 1xx to 5xx and "other".
  struct Series {
    std::array<prometheus::Counter*, 6> counts{};
    prometheus::Histogram* durations = nullptr;
  };
  using Key = std::pair<std::string, std::string>;

  prometheus::Counter& total(char const* name, char const* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
  }
  prometheus::Gauge& level(char const* name, char const* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }

  Series& series_of(std::string_view method, std::string_view route);

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("http_requests_total")
                                                          .Help("Answers given")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("http_request_duration_seconds")
          .Help("From request read to answer ready")
          .Register(registry);
  prometheus::Gauge& open = level("http_connections_open", "Connections open now");
  prometheus::Gauge& queue = level("http_queue_length", "Requests waiting for a worker now");
  prometheus::Counter& connections_rejected =
      total("http_connections_rejected_total", "Connections over the limit");
  prometheus::Counter& requests_rejected =
      total("http_requests_rejected_total", "Malformed, too large, too slow or queue full");
  prometheus::Counter& deadlines = total("http_deadlines_missed_total", "Requests answered 504");
  prometheus::Counter& failures = total("http_handler_failures_total", "Handlers that threw");

  // Finding a series again through its labels costs more than the rest of record().
  std::shared_mutex mutex;
  std::map<Key, Series> known;
  std::set<std::string, std::less<>> routes;
  std::mutex updating;
};

HttpMetrics::Impl::Series& HttpMetrics::Impl::series_of(std::string_view method,
                                                        std::string_view route) {
  Key key(known_method(method), route);
  {
    std::shared_lock const lock(mutex);
    if (auto const found = known.find(key); found != known.end()) return found->second;
  }
  std::unique_lock const lock(mutex);
  if (!routes.contains(key.second)) {
    if (routes.size() >= most_routes) {
      key.second = "other";
    } else {
      routes.insert(key.second);
    }
  }
  auto const [at, is_new] = known.try_emplace(key);
  auto& series = at->second;
  if (!is_new) return series;
  for (std::size_t i = 0; i < series.counts.size(); ++i) {
    auto const status = status_class(static_cast<int>(i + 1) * 100);
    series.counts[i] =
        &requests.Add({{"method", key.first}, {"route", key.second}, {"status", status}});
  }
  series.durations = &durations.Add({{"method", key.first}, {"route", key.second}}, buckets());
  return series;
}

HttpMetrics::HttpMetrics() : impl_(std::make_unique<Impl>()) {}
HttpMetrics::~HttpMetrics() = default;

void HttpMetrics::record(std::string_view method, std::string_view route, int status,
                         std::chrono::microseconds took) {
  auto& series = impl_->series_of(method, route);
  bool const usual = status >= 100 && status <= 599;
  series.counts[usual ? static_cast<std::size_t>(status / 100 - 1) : 5]->Increment();
  series.durations->Observe(std::chrono::duration<double>(took).count());
}

void HttpMetrics::update(Server::Stats const& stats) {
  auto& impl = *impl_;
  std::lock_guard const lock(impl.updating);
  // Counters only grow: what is missing is added.
  auto const catch_up = [](prometheus::Counter& counter, std::uint64_t now) {
    auto const missing = static_cast<double>(now) - counter.Value();
    if (missing > 0) counter.Increment(missing);
  };
  impl.open.Set(static_cast<double>(stats.connections_open));
  impl.queue.Set(static_cast<double>(stats.queued));
  catch_up(impl.connections_rejected, stats.connections_rejected);
  catch_up(impl.requests_rejected, stats.requests_rejected);
  catch_up(impl.deadlines, stats.deadlines_missed);
  catch_up(impl.failures, stats.handler_failures);
}

std::string HttpMetrics::metrics_text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace tallybook
