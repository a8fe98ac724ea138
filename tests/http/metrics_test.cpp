#include "http/server/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "http/raw_client.hpp"

namespace tallybook {

using namespace std::chrono_literals;

namespace metrics_test {

bool has(std::string const& text, std::string const& line) {
  return ("\n" + text).find("\n" + line + "\n") != text.npos;
}

}  // namespace metrics_test

using metrics_test::has;

TEST(HttpMetrics, Record_CountsByMethodRouteAndClass) {
  HttpMetrics metrics;
  metrics.record("GET", "/v1/customers/{id}", 200, 3ms);
  metrics.record("GET", "/v1/customers/{id}", 204, 30ms);
  metrics.record("GET", "/v1/customers/{id}", 404, 1ms);
  metrics.record("BREW", "/pot", 799, 1ms);
  auto const text = metrics.metrics_text();
  std::string const series =
      R"(http_requests_total{method="GET",route="/v1/customers/{id}",status=)";
  EXPECT_TRUE(has(text, series + "\"2xx\"} 2")) << text;
  EXPECT_TRUE(has(text, series + "\"4xx\"} 1")) << text;
  EXPECT_TRUE(has(text, R"(http_requests_total{method="other",route="/pot",status="other"} 1)"));
  std::string const times =
      R"(http_request_duration_seconds_bucket{method="GET",route="/v1/customers/{id}",le=)";
  EXPECT_TRUE(has(text, times + "\"0.005\"} 2")) << text;
  EXPECT_TRUE(has(text, times + "\"+Inf\"} 3")) << text;
}

TEST(HttpMetrics, Routes_AreBounded) {
  HttpMetrics metrics;
  for (int i = 0; i < 1100; ++i) metrics.record("GET", "/" + std::to_string(i), 200, 1ms);
  auto const text = metrics.metrics_text();
  EXPECT_TRUE(has(text, R"(http_requests_total{method="GET",route="/999",status="2xx"} 1)"));
  EXPECT_TRUE(has(text, R"(http_requests_total{method="GET",route="other",status="2xx"} 100)"));
}

TEST(HttpMetrics, Update_TakesOverTheServersNumbers) {
  HttpMetrics metrics;
  metrics.update({.connections_open = 3, .requests_rejected = 5, .queued = 2});
  metrics.update({.connections_open = 1, .requests_rejected = 7});
  auto const text = metrics.metrics_text();
  EXPECT_TRUE(has(text, "http_connections_open 1")) << text;
  EXPECT_TRUE(has(text, "http_queue_length 0"));
  EXPECT_TRUE(has(text, "http_requests_rejected_total 7"));
}

TEST(HttpMetrics, OnDone_FeedsItFromManyThreads) {
  HttpMetrics metrics;
  ServerOptions options;
  options.port = 0;
  options.on_done = [&](Request const& request, Response const& response, auto took) {
    metrics.record(request.method, request.path, response.status, took);
  };
  Server server(options, [](Request const&) { return Response{}; });
  server.start();
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&] {
      testing::RawClient client(server.port());
      for (int i = 0; i < 50; ++i) client.ask("GET /x HTTP/1.1\r\nHost: t\r\n\r\n");
    });
  }
  for (auto& client : clients) client.join();
  auto const text = metrics.metrics_text();
  EXPECT_TRUE(has(text, R"(http_requests_total{method="GET",route="/x",status="2xx"} 200)"));
}

}  // namespace tallybook
