// Reading one credit over HTTP, beside a fixed answer of the same server:
//   credit_bench FOLDER [seconds]
// One thread drives 32 kept-alive connections with epoll; each sends its next request when it has
// the whole answer to its last one.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "bench/support/program.hpp"
#include "bench/support/report.hpp"

namespace tallybook::bench {
namespace credit_detail {

using Time = std::chrono::steady_clock::time_point;
constexpr int connections = 32;

struct Client {
  int socket = -1;
  Time sent;
  std::size_t got = 0;
};

struct Load {
  double per_second = 0;
  std::vector<double> latencies_ms;
};

[[noreturn]] void give_up(char const* why) {
  std::fprintf(stderr, "credit_bench: %s\n", why);
  std::exit(1);
}

void send_request(Client& client, std::string const& request) {
  client.sent = std::chrono::steady_clock::now();
  client.got = 0;
  if (::send(client.socket, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    give_up("a request was not taken whole");
}

int connected(std::uint16_t port) {
  int const socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    give_up("cannot connect");
  int const yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return socket;
}

// Answers to one request are equally long: headers have fixed width, the body is the same. The
// first one, read whole, tells the length; each answer's status line is checked.
std::size_t answer_length(std::uint16_t port, std::string const& request) {
  int const socket = connected(port);
  Client client{socket, {}, 0};
  send_request(client, request);
  std::string text(64 * 1024, '\0');
  std::size_t got = 0;
  for (std::size_t whole = std::string::npos; got < whole;) {
    auto const part = ::recv(socket, text.data() + got, text.size() - got, 0);
    if (part <= 0) give_up("no answer");
    got += static_cast<std::size_t>(part);
    auto const end = text.find("\r\n\r\n");
    auto const length = text.find("ontent-");
    if (end == std::string::npos || length == std::string::npos) continue;
    auto at = text.find("ontent-Length: ");
    if (at == std::string::npos) at = text.find("ontent-length: ");
    if (at == std::string::npos) give_up("an answer without a length");
    whole = end + 4 + std::strtoul(text.c_str() + at + 15, nullptr, 10);
  }
  if (!text.starts_with("HTTP/1.1 200")) give_up(text.substr(0, got).c_str());
  ::close(socket);
  return got;
}

Load drive(std::uint16_t port, std::string const& request, double for_seconds) {
  std::size_t const length = answer_length(port, request);
  int const poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Client> clients(connections);
  for (auto& client : clients) {
    client.socket = connected(port);
    epoll_event event{EPOLLIN, {&client}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, client.socket, &event);
  }
  Load load;
  load.latencies_ms.reserve(1'000'000);
  auto const begin = std::chrono::steady_clock::now();
  auto const end = begin + std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::duration<double>(for_seconds));
  for (auto& client : clients) send_request(client, request);
  std::string part(64 * 1024, '\0');
  for (Time now = begin; now < end;) {
    epoll_event ready[connections];
    int const count = ::epoll_wait(poll, ready, connections, 1000);
    if (count <= 0) give_up("no answer for a second");
    for (int i = 0; i < count; ++i) {
      auto& client = *static_cast<Client*>(ready[i].data.ptr);
      auto const got = ::recv(client.socket, part.data(), part.size(), 0);
      if (got <= 0) give_up("the server closed a connection");
      if (client.got == 0 && !part.starts_with("HTTP/1.1 200")) give_up("an answer was no 200");
      client.got += static_cast<std::size_t>(got);
      if (client.got > length) give_up("an answer is longer than the first");
      if (client.got < length) continue;
      now = std::chrono::steady_clock::now();
      load.latencies_ms.push_back(
          std::chrono::duration<double, std::milli>(now - client.sent).count());
      send_request(client, request);
    }
    now = std::chrono::steady_clock::now();
  }
  load.per_second = static_cast<double>(load.latencies_ms.size()) /
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (auto& client : clients) ::close(client.socket);
  ::close(poll);
  return load;
}

void run(std::string const& folder, double for_seconds) {
  Program program(folder + "/installation");
  std::string const customer = text_field(
      program.call("POST", "/v1/customers",
                   R"({"name":"C","currency":"EUR","country":"FR","external_id":"c"})", 201),
      "id");
  std::string const product = text_field(
      program.call("POST", "/v1/products",
                   R"({"type":"credit","name":"Credits","price_configurations":[]})", 201),
      "id");
  program.call("POST", "/v1/customers/" + customer + "/credits",
               R"({"product_id":")" + product + R"(","current_balance":"1250.5"})", 201);
  std::string const fixed = request_text("GET", "/health", "");
  std::string const asked =
      request_text("GET", "/v1/customers/" + customer + "/credits/" + product, program.key());
  drive(program.port(), fixed, 0.5);
  drive(program.port(), asked, 0.5);
  // In turns, so that a busy moment of the machine hits both.
  std::vector<double> plain, ours, latencies;
  for (int turn = 0; turn < 3; ++turn) {
    plain.push_back(drive(program.port(), fixed, for_seconds / 3).per_second);
    Load load = drive(program.port(), asked, for_seconds / 3);
    ours.push_back(load.per_second);
    latencies.insert(latencies.end(), load.latencies_ms.begin(), load.latencies_ms.end());
  }
  Figure rate{"GET one credit, 32 connections", median(ours), "requests/s",
              "a fixed answer, same server", median(plain)};
  rate.least_ratio = 0.5;
  report(rate);
  Figure late{"GET one credit, 99th percentile", percentile(latencies, 0.99), "ms"};
  late.most = 5;
  report(late);
  report({"GET one credit, median", percentile(latencies, 0.5), "ms"});
  note(
      "The client runs on the same cores. The request is authenticated and reads a consistent "
      "snapshot; the baseline (/health) needs no key and touches no store. "
      "Both are measured in three turns; the middle one counts.");
}

}  // namespace credit_detail
}  // namespace tallybook::bench

int main(int count, char** words) {
  if (count < 2) return std::fprintf(stderr, "credit_bench FOLDER [seconds]\n"), 2;
  std::filesystem::create_directories(words[1]);
  tallybook::bench::credit_detail::run(
      words[1], static_cast<double>(tallybook::bench::argument(count, words, 2, 12)));
}
