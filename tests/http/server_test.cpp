#include "http/server/server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "http/raw_client.hpp"

namespace tallybook {

using testing::RawAnswer;
using testing::RawClient;
using namespace std::chrono_literals;

namespace server_test {

ServerOptions any_port() {
  ServerOptions options;
  options.port = 0;
  return options;
}

// Says back what it understood.
Response mirror(Request const& request) {
  Response response;
  response.headers = {{"content-type", "text/plain"}, {"x-path", request.path}};
  response.body = request.method + " " + request.path + "?" + request.query + "|" + request.body;
  return response;
}

std::string get(std::string const& target, std::string const& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n";
}

struct Running {
  explicit Running(Server::Handler handler, ServerOptions options = any_port())
      : server(std::move(options), std::move(handler)) {
    server.start();
  }
  [[nodiscard]] std::uint16_t port() const { return server.port(); }
  Server server;
};

}  // namespace server_test

using namespace server_test;

TEST(Server, Get_AnswersWithFramingDateServerAndRequestId) {
  Running run(mirror);
  RawClient client(run.port());
  auto const answer = client.ask(get("/a/b%20c?x=1&y=2"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /a/b%20c?x=1&y=2|");
  EXPECT_EQ(answer.field("content-type"), "text/plain");
  EXPECT_EQ(answer.field("server"), "tallybook");
  EXPECT_EQ(answer.field("date").size(), 29u);
  EXPECT_EQ(answer.field("x-request-id").size(), 16u);
  EXPECT_EQ(answer.field("connection"), "");
}

TEST(Server, KeepAlive_ServesManyRequestsOnOneConnection) {
  Running run(mirror);
  RawClient client(run.port());
  for (int i = 0; i < 20; ++i) {
    auto const answer = client.ask(get("/" + std::to_string(i)));
    ASSERT_EQ(answer.body, "GET /" + std::to_string(i) + "?|");
  }
  EXPECT_EQ(run.server.stats().connections_accepted, 1u);
  EXPECT_EQ(run.server.stats().requests, 20u);
}

TEST(Server, Connection_FollowsVersionAndHeader) {
  struct Case {
    char const* request;
    bool stays;
    char const* connection;
  };
  Running run(mirror);
  for (auto const& [request, stays, connection] :
       {Case{"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", false, "close"},
        Case{"GET / HTTP/1.0\r\n\r\n", false, "close"},
        Case{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true, "keep-alive"},
        Case{"GET / HTTP/1.1\r\nHost: t\r\n\r\n", true, ""}}) {
    RawClient client(run.port());
    auto const answer = client.ask(request);
    EXPECT_EQ(answer.status, 200) << request;
    EXPECT_EQ(answer.field("connection"), connection) << request;
    EXPECT_EQ(client.closed(stays ? 50 : 1000), !stays) << request;
  }
}

TEST(Server, Pipelined_AnswersInOrderEvenWhenTheFirstIsSlow) {
  Running run([](Request const& request) {
    if (request.path == "/0") std::this_thread::sleep_for(50ms);
    return mirror(request);
  });
  RawClient client(run.port());
  std::string all;
  for (int i = 0; i < 10; ++i) {
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nb" +
           std::to_string(i);
  }
  client.send(all);
  for (int i = 0; i < 10; ++i) {
    auto const n = std::to_string(i);
    EXPECT_EQ(client.read().body, "POST /" + n + "?|b" + n);
  }
}

TEST(Server, Chunked_IsJoinedAndTrailersAreNotHeaders) {
  Running run([](Request const& request) {
    auto response = mirror(request);
    response.body += request.header("x-secret");
    return response;
  });
  RawClient client(run.port());
  std::string const request =
      "POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4;ext=1\r\nWiki\r\n6\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX-Secret: no\r\n\r\n";
  EXPECT_EQ(client.ask(request).body, "POST /c?|Wikipedia in \r\n\r\nchunks.");
  // The same again, one byte at a time.
  for (char const byte : request) ASSERT_TRUE(client.send({&byte, 1}));
  EXPECT_EQ(client.read().body, "POST /c?|Wikipedia in \r\n\r\nchunks.");
}

TEST(Server, Chunked_EmptyBodyInSmallPieces) {
  Running run(mirror);
  RawClient client(run.port());
  client.send("POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (auto piece : {"0\r\n", "\r", "\n"}) {
    std::this_thread::sleep_for(20ms);
    client.send(piece);
  }
  EXPECT_EQ(client.read().body, "POST /c?|");
}

TEST(Server, Expect100_IsAnsweredBeforeTheBodyIsSent) {
  Running run(mirror);
  RawClient client(run.port());
  client.send("PUT /e HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  auto const interim = client.read(true);
  EXPECT_EQ(interim.status, 100);
  client.send("hello");
  EXPECT_EQ(client.read().body, "PUT /e?|hello");
  RawClient other(run.port());
  auto const refused =
      other.ask("PUT /e HTTP/1.1\r\nHost: t\r\nExpect: a-pony\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(refused.status, 417);
}

TEST(Server, Head_IsGetWithoutTheBody) {
  Running run([](Request const&) { return Response{200, {}, std::string(100'000, 'x')}; });
  RawClient client(run.port());
  client.send("HEAD /h HTTP/1.1\r\nHost: t\r\n\r\n");
  auto const answer = client.read(true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-length"), "100000");
  auto const next = client.ask(get("/h"));
  EXPECT_EQ(next.body.size(), 100'000u);
}

TEST(Server, NoContent_HasNoLengthAndNoBody) {
  Running run([](Request const&) { return Response{204, {}, "ignored"}; });
  RawClient client(run.port());
  client.send(get("/"));
  auto const answer = client.read();
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.field("content-length"), "");
  EXPECT_EQ(client.ask(get("/")).status, 204);
}

TEST(Server, LargeBodies_TravelBothWays) {
  Running run([](Request const& request) { return Response{200, {}, request.body}; });
  RawClient client(run.port());
  std::string body(8 * 1024 * 1024, ' ');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * 7 % 26);
  std::thread sender([&] {
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
  });
  sender.join();
  EXPECT_TRUE(client.read().body == body);
}

TEST(Server, RequestId_IsEchoedOnlyWhenVisibleAscii) {
  std::mutex mutex;
  std::string seen;
  Running run([&](Request const& request) {
    std::lock_guard const lock(mutex);
    seen = request.request_id;
    return Response{};
  });
  RawClient client(run.port());
  auto const longest = std::string(128, 'r');
  for (auto const& good : {std::string("abc-123"), longest}) {
    EXPECT_EQ(client.ask(get("/", "X-Request-Id: " + good + "\r\n")).field("x-request-id"), good);
    EXPECT_EQ(seen, good);
  }
  std::set<std::string> made;
  for (auto const& bad : {std::string("two words"), longest + "r", std::string("h\xc3\xa9")}) {
    auto const id = client.ask(get("/", "X-Request-Id: " + bad + "\r\n")).field("x-request-id");
    EXPECT_EQ(id.size(), 16u);
    EXPECT_EQ(seen, id);
    made.insert(id);
  }
  EXPECT_EQ(made.size(), 3u);
}

TEST(Server, Handler_CannotBreakTheFraming) {
  Running run([](Request const&) {
    return Response{200,
                    {{"x-a", "1\r\nx-injected: 2"},
                     {"Content-Length", "7"},
                     {"Transfer-Encoding", "chunked"},
                     {"X-Request-Id", "mine"}},
                    "body"};
  });
  RawClient client(run.port());
  auto const answer = client.ask(get("/", "X-Request-Id: yours\r\n"));
  EXPECT_EQ(answer.body, "body");
  EXPECT_EQ(answer.field("x-injected"), "");
  EXPECT_EQ(answer.field("x-a"), "1x-injected: 2");
  EXPECT_EQ(answer.field("x-request-id"), "yours");
  EXPECT_EQ(answer.head.find("hunked"), answer.head.npos);
}

TEST(Server, ThrowingHandler_Is500AndTheConnectionLives) {
  Running run([](Request const& request) -> Response {
    if (request.path == "/std") throw std::runtime_error("secret detail");
    if (request.path == "/int") throw 42;
    return mirror(request);
  });
  RawClient client(run.port());
  for (auto path : {"/std", "/int"}) {
    auto const answer = client.ask(get(path));
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(
        answer.body,
        R"({"statusCode":500,"type":"InternalServerError","message":"Internal server error"})");
    EXPECT_EQ(answer.field("content-type"), "application/json");
  }
  EXPECT_EQ(client.ask(get("/fine")).status, 200);
  EXPECT_EQ(run.server.stats().handler_failures, 2u);
}

TEST(Server, FiftyConnections_AreServedAtOnce) {
  auto options = any_port();
  options.io_threads = 2;
  Running run(mirror, options);
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int c = 0; c < 50; ++c) {
    threads.emplace_back([&, c] {
      RawClient client(run.port());
      for (int i = 0; i < 20; ++i) {
        auto const path = "/" + std::to_string(c) + "/" + std::to_string(i);
        if (client.ask(get(path)).body == "GET " + path + "?|") ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 1000);
  EXPECT_EQ(run.server.stats().requests, 1000u);
}

TEST(Server, OnDone_SeesEveryAnswerOnce) {
  std::mutex mutex;
  std::vector<std::string> seen;
  auto options = any_port();
  options.on_done = [&](Request const& request, Response const& response, auto took) {
    std::lock_guard const lock(mutex);
    seen.push_back(request.method + request.path + std::to_string(response.status));
    EXPECT_GE(took.count(), 0);
    throw std::runtime_error("must not matter");
  };
  Running run(mirror, options);
  RawClient client(run.port());
  client.ask(get("/a?q=1"));
  client.ask("GARBAGE\r\n\r\n");
  std::lock_guard const lock(mutex);
  EXPECT_EQ(seen, (std::vector<std::string>{"GET/a200", "400"}));
}

TEST(Server, Start_ThrowsWhenTheAddressIsTaken) {
  Running run(mirror);
  auto options = any_port();
  options.port = run.port();
  Server second(options, mirror);
  try {
    second.start();
    FAIL() << "bound twice";
  } catch (std::runtime_error const& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "cannot listen on 127.0.0.1:" + std::to_string(run.port()) + ": Address already in use");
  }
  options.host = "203.0.113.1";
  Server elsewhere(options, mirror);
  EXPECT_THROW(elsewhere.start(), std::runtime_error);
}

TEST(Server, Stop_FinishesTheSlowRequestAndClosesIdleConnections) {
  std::atomic<bool> entered{false};
  Running run([&](Request const& request) {
    if (request.path == "/slow") {
      entered = true;
      std::this_thread::sleep_for(300ms);
    }
    return mirror(request);
  });
  RawClient idle(run.port());
  idle.ask(get("/"));
  RawClient slow(run.port());
  slow.send(get("/slow"));
  while (!entered) std::this_thread::sleep_for(1ms);
  std::thread stopper([&] { run.server.stop(); });
  EXPECT_TRUE(idle.closed(200));
  auto const answer = slow.read();
  EXPECT_EQ(answer.body, "GET /slow?|");
  EXPECT_TRUE(slow.closed());
  stopper.join();
  EXPECT_THROW(RawClient late(run.port()), std::runtime_error);
  EXPECT_EQ(run.server.stats().connections_open, 0u);
  run.server.stop();
}

TEST(Server, Stop_UnderLoadLosesNoRequestTheHandlerSaw) {
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> handled{0};
    std::atomic<int> answered{0};
    auto options = any_port();
    options.io_threads = 2;
    Running run(
        [&](Request const&) {
          ++handled;
          return Response{};
        },
        options);
    std::vector<std::thread> clients;
    for (int c = 0; c < 8; ++c) {
      clients.emplace_back([&] {
        try {
          while (true) {
            RawClient client(run.port());
            while (client.send(get("/"))) {
              if (!client.read().complete) break;
              ++answered;
            }
          }
        } catch (std::runtime_error const&) {
          // Refused: the server has stopped.
        }
      });
    }
    std::this_thread::sleep_for(50ms);
    run.server.stop();
    for (auto& client : clients) client.join();
    EXPECT_EQ(answered, handled);
    EXPECT_GT(handled, 0);
  }
}

TEST(Server, Stop_CutsWhatOutlivesTheDrainTimeout) {
  auto options = any_port();
  options.drain_timeout = 50ms;
  Running run(
      [](Request const& request) {
        std::this_thread::sleep_for(300ms);
        return mirror(request);
      },
      options);
  RawClient client(run.port());
  client.send(get("/"));
  std::this_thread::sleep_for(30ms);
  run.server.stop();
  EXPECT_FALSE(client.read().complete);
}

}  // namespace tallybook
