#include "bench/support/program.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

namespace tallybook::bench {
namespace program_detail {

[[noreturn]] void give_up(std::string const& why) {
  std::fprintf(stderr, "benchmark: %s\n", why.c_str());
  std::exit(1);
}

// Beside the benchmark, as the build puts it.
std::string binary() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tallybook";
}

// Starts the program with its standard output on a pipe.
pid_t launch(std::vector<std::string> const& words, int& output) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) give_up("no pipe");
  std::string const file = binary();
  std::vector<char*> arguments{const_cast<char*>(file.c_str())};
  for (auto const& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t const child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], 1);
    ::execv(file.c_str(), arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  output = ends[0];
  return child;
}

std::string read_line(int descriptor) {
  std::string line;
  char c = 0;
  while (::read(descriptor, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

// Without ending the benchmark: the server may not listen yet.
int try_connect(std::uint16_t port) {
  int const socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    return -1;
  }
  int const yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return socket;
}

}  // namespace program_detail

using program_detail::give_up;

Connection::Connection(std::uint16_t port) : socket_(program_detail::try_connect(port)) {
  if (socket_ < 0) give_up("cannot connect");
}

Connection::~Connection() { ::close(socket_); }

Reply Connection::exchange(std::string_view request) {
  while (!request.empty()) {
    auto const sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent <= 0) give_up("the server closed the connection");
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
  buffer_.clear();
  std::size_t whole = std::string::npos, head = 0;
  char part[64 * 1024];
  while (buffer_.size() < whole) {
    auto const got = ::recv(socket_, part, sizeof part, 0);
    if (got <= 0) give_up("the server closed the connection");
    buffer_.append(part, static_cast<std::size_t>(got));
    if (whole != std::string::npos) continue;
    auto const end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    head = end + 4;
    auto at = buffer_.find("ontent-length: ");
    if (at == std::string::npos) at = buffer_.find("ontent-Length: ");
    whole = head + (at < end ? std::strtoul(buffer_.c_str() + at + 15, nullptr, 10) : 0);
  }
  return {std::atoi(buffer_.c_str() + 9), buffer_.substr(head)};
}

std::string request_text(std::string const& method, std::string const& target,
                         std::string const& key, std::string const& body) {
  std::string text = method + " " + target + " HTTP/1.1\r\nhost: localhost\r\n";
  if (!key.empty()) text += "authorization: Bearer " + key + "\r\n";
  if (!body.empty())
    text +=
        "content-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

Program::Program(std::string folder, int workers) : Program(std::move(folder), workers, true) {}

Program::Program(std::string folder, int workers, bool with_key) : folder_(std::move(folder)) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  if (with_key) {
    int output = -1;
    pid_t const maker =
        program_detail::launch({"keys", "create", "--mode", "live", "--data", folder_}, output);
    key_ = program_detail::read_line(output);
    ::close(output);
    ::waitpid(maker, nullptr, 0);
    if (key_.empty()) give_up("no key was made");
  }
  start(workers);
}

void Program::start(int workers) {
  auto const from = std::chrono::steady_clock::now();
  int output = -1;
  process_ = program_detail::launch({"serve", "--data", folder_, "--listen", "127.0.0.1:0",
                                     "--workers", std::to_string(workers), "--log-level", "warn"},
                                    output);
  std::string const line = program_detail::read_line(output);
  // The pipe stays open: a closed one would make the program's later output fail.
  auto const colon = line.rfind(':');
  if (colon == std::string::npos) give_up("the program did not start: " + line);
  port_ = static_cast<std::uint16_t>(std::atoi(line.c_str() + colon + 1));
  while (true) {
    if (Connection(port_).exchange(request_text("GET", "/ready", "")).status == 200) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  start_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

Program::~Program() {
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

std::string Program::call(std::string const& method, std::string const& target,
                          std::string const& body, int expected) {
  Reply const reply = Connection(port_).exchange(request_text(method, target, key_, body));
  if (reply.status != expected)
    give_up(method + " " + target + ": " + std::to_string(reply.status) + " " + reply.body);
  return reply.body;
}

std::string text_field(std::string const& json, std::string const& name) {
  auto const at = json.find("\"" + name + "\":\"");
  if (at == std::string::npos) give_up("no " + name + " in " + json);
  auto const from = at + name.size() + 4;
  return json.substr(from, json.find('"', from) - from);
}

}  // namespace tallybook::bench
