// What the server refuses, and what a slow or hostile client can and cannot do.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "http/raw_client.hpp"
#include "http/server/server.hpp"

namespace tallybook {

using testing::RawClient;
using namespace std::chrono_literals;

namespace limits_test {

ServerOptions small() {
  ServerOptions options;
  options.port = 0;
  options.max_body = 1000;
  options.max_header = 2048;
  options.header_timeout = 150ms;
  options.body_timeout = 150ms;
  options.keep_alive_timeout = 150ms;
  return options;
}

Response echo(Request const& request) { return {200, {}, request.body}; }

std::string error_body(int status, std::string const& type) {
  return "{\"statusCode\":" + std::to_string(status) + ",\"type\":\"" + type + "\",\"message\":\"";
}

// A gate the handler waits at, so that a test decides when work ends.
struct Gate {
  std::atomic<int> inside{0};
  std::atomic<bool> open{false};
  void wait() {
    ++inside;
    while (!open) std::this_thread::sleep_for(1ms);
  }
  void wait_for_inside(int count) const {
    while (inside < count) std::this_thread::sleep_for(1ms);
  }
};

}  // namespace limits_test

using namespace limits_test;

TEST(ServerLimits, Body_OverTheLimitIs413AndClosed) {
  Server server(small(), echo);
  server.start();
  std::string const post = "POST / HTTP/1.1\r\nHost: t\r\n";
  RawClient exact(server.port());
  EXPECT_EQ(exact.ask(post + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'b')).status, 200);
  auto const chunk = "1f4\r\n" + std::string(500, 'c') + "\r\n";
  for (auto const& request :
       {post + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'b'),
        post + "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n",
        post + "Content-Length: 99999999999999\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "1\r\nx\r\n0\r\n\r\n"}) {
    RawClient client(server.port());
    auto const answer = client.ask(request);
    EXPECT_EQ(answer.status, 413) << request.substr(0, 80);
    EXPECT_TRUE(answer.body.starts_with(error_body(413, "PayloadTooLarge"))) << answer.body;
    EXPECT_EQ(answer.field("connection"), "close");
    EXPECT_EQ(answer.field("x-request-id").size(), 16u);
    EXPECT_TRUE(client.closed());
  }
  EXPECT_EQ(server.stats().requests_rejected, 4u);
}

TEST(ServerLimits, Body_TheAnswerArrivesWhileTheClientIsStillSending) {
  Server server(small(), echo);
  server.start();
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4000000\r\n\r\n");
  client.send(std::string(4'000'000, 'b'));
  EXPECT_EQ(client.read().status, 413);
}

TEST(ServerLimits, Header_OverTheLimitIs431) {
  Server server(small(), echo);
  server.start();
  auto const with_header_of = [](size_t bytes) {
    std::string request = "GET / HTTP/1.1\r\nHost: t\r\nX-Long: ";
    request += std::string(bytes - request.size() - 4, 'h') + "\r\n\r\n";
    return request;
  };
  RawClient exact(server.port());
  EXPECT_EQ(exact.ask(with_header_of(2048)).status, 200);
  std::string many = "GET / HTTP/1.1\r\nHost: t\r\n";
  for (int i = 0; i < 300; ++i) many += "A" + std::to_string(i) + ": b\r\n";
  for (auto const& request : {with_header_of(2049), with_header_of(20'000), many + "\r\n",
                              "GET /" + std::string(5000, 'p') + " HTTP/1.1\r\n\r\n"}) {
    RawClient client(server.port());
    auto const answer = client.ask(request);
    EXPECT_EQ(answer.status, 431) << request.size();
    EXPECT_TRUE(answer.body.starts_with(error_body(431, "RequestHeaderFieldsTooLarge")));
    EXPECT_TRUE(client.closed());
  }
}

TEST(ServerLimits, Malformed_Is400AndClosed) {
  Server server(small(), echo);
  server.start();
  std::string const post = "POST / HTTP/1.1\r\nHost: t\r\n";
  for (auto const& request :
       {std::string("GARBAGE\r\n\r\n"), std::string("GET  / HTTP/1.1\r\n\r\n"),
        std::string("GET / HTTP/2.0\r\n\r\n"), std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        std::string("GET nopath HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n"),
        std::string("\x16\x03\x01\x02 tls\r\n\r\n"), post + "Content-Length: -1\r\n\r\n",
        post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        std::string("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")}) {
    RawClient client(server.port());
    auto const answer = client.ask(request);
    EXPECT_EQ(answer.status, 400) << request;
    EXPECT_TRUE(answer.body.starts_with(error_body(400, "BadRequest"))) << answer.body;
    EXPECT_TRUE(client.closed()) << request;
  }
  RawClient client(server.port());
  EXPECT_EQ(client.ask(post + "Transfer-Encoding: gzip, chunked\r\n\r\n").status, 501);
}

TEST(ServerLimits, AbsoluteTargetAndLeadingBlankLineAreAccepted) {
  Server server(small(), [](Request const& r) {
    return Response{200, {}, r.path + "|" + r.query};
  });
  server.start();
  RawClient client(server.port());
  EXPECT_EQ(client.ask("\r\nGET http://t/a?b HTTP/1.1\r\nHost: t\r\n\r\n").body, "/a|b");
  EXPECT_EQ(client.ask("GET http://t HTTP/1.1\r\nHost: t\r\n\r\n").body, "/|");
}

TEST(ServerLimits, SlowHeaderAndSlowBodyAre408) {
  Server server(small(), echo);
  server.start();
  for (auto begun : {"GET / HT", "GET / HTTP/1.1\r\nHost: t\r\n",
                     "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab"}) {
    RawClient client(server.port());
    auto const before = std::chrono::steady_clock::now();
    client.send(begun);
    auto const answer = client.read();
    EXPECT_EQ(answer.status, 408) << begun;
    EXPECT_TRUE(answer.body.starts_with(error_body(408, "RequestTimeout")));
    EXPECT_TRUE(client.closed());
    EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
  }
}

TEST(ServerLimits, DrippingBytesDoesNotExtendTheHeaderTimeout) {
  Server server(small(), echo);
  server.start();
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: t\r\n");
  auto const before = std::chrono::steady_clock::now();
  while (client.send("X: y\r\n") && !client.closed(10) &&
         std::chrono::steady_clock::now() - before < 2s) {
    if (server.stats().requests_rejected == 1) break;
  }
  EXPECT_EQ(server.stats().requests_rejected, 1u);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
}

TEST(ServerLimits, SilentConnectionsAreClosedWithoutAnAnswer) {
  Server server(small(), echo);
  server.start();
  RawClient fresh(server.port());
  RawClient used(server.port());
  EXPECT_EQ(used.ask("GET / HTTP/1.1\r\nHost: t\r\n\r\n").status, 200);
  EXPECT_TRUE(fresh.closed(1000));
  EXPECT_TRUE(used.closed(1000));
}

TEST(ServerLimits, Deadline_Is504AndTheLateAnswerIsDropped) {
  Gate gate;
  std::atomic<int> finished{0};
  auto options = small();
  options.request_deadline = 100ms;
  options.long_running = [](Request const& request) { return request.path == "/export"; };
  Server server(options, [&](Request const& request) {
    gate.wait();
    ++finished;
    return echo(request);
  });
  server.start();
  RawClient client(server.port());
  RawClient exempt(server.port());
  exempt.send("GET /export HTTP/1.1\r\nHost: t\r\n\r\n");
  auto const answer = client.ask("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(answer.status, 504);
  EXPECT_TRUE(answer.body.starts_with(error_body(504, "GatewayTimeout")));
  EXPECT_EQ(finished, 0);
  gate.open = true;
  EXPECT_EQ(exempt.read().status, 200);
  server.stop();
  EXPECT_EQ(finished, 2);
  EXPECT_FALSE(client.has_buffered());
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(server.stats().deadlines_missed, 1u);
}

TEST(ServerLimits, FullQueue_Is503AndTheConnectionStays) {
  Gate gate;
  auto options = small();
  options.worker_threads = 1;
  options.max_queue = 1;
  Server server(options, [&](Request const& request) {
    gate.wait();
    return echo(request);
  });
  server.start();
  std::string const request = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";
  RawClient working(server.port());
  working.send(request);
  gate.wait_for_inside(1);
  RawClient waiting(server.port());
  waiting.send(request);
  while (server.stats().queued < 1) std::this_thread::sleep_for(1ms);
  RawClient refused(server.port());
  auto const answer = refused.ask(request);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.field("retry-after"), "1");
  EXPECT_TRUE(answer.body.starts_with(error_body(503, "ServiceUnavailable")));
  gate.open = true;
  EXPECT_EQ(working.read().status, 200);
  EXPECT_EQ(waiting.read().status, 200);
  EXPECT_EQ(refused.ask(request).status, 200);
}

TEST(ServerLimits, TooManyConnections_Are503UntilOneLeaves) {
  auto options = small();
  options.max_connections = 2;
  options.keep_alive_timeout = 10s;
  Server server(options, echo);
  server.start();
  std::string const request = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";
  RawClient first(server.port());
  EXPECT_EQ(first.ask(request).status, 200);
  {
    RawClient second(server.port());
    EXPECT_EQ(second.ask(request).status, 200);
    RawClient third(server.port());
    auto const answer = third.ask(request);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.field("connection"), "close");
    EXPECT_TRUE(third.closed());
  }
  while (server.stats().connections_open > 1) std::this_thread::sleep_for(1ms);
  RawClient fourth(server.port());
  EXPECT_EQ(fourth.ask(request).status, 200);
  EXPECT_EQ(first.ask(request).status, 200);
  EXPECT_EQ(server.stats().connections_rejected, 1u);
}

TEST(ServerLimits, ClientThatLeavesMidRequestOrMidAnswerHarmsNobody) {
  auto options = small();
  options.max_body = 1 << 20;
  Server server(options, [](Request const&) {
    std::this_thread::sleep_for(20ms);
    return Response{200, {}, std::string(1 << 20, 'z')};
  });
  server.start();
  for (int i = 0; i < 10; ++i) {
    RawClient partial(server.port());
    partial.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 50\r\n\r\nabc");
    RawClient gone(server.port());
    gone.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  }
  RawClient client(server.port());
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: t\r\n\r\n").body.size(), 1u << 20);
}

}  // namespace tallybook
