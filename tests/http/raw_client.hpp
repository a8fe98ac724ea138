// RawClient: a blocking HTTP client on a bare socket, so that tests decide every byte and every
// pause. One thread at a time. Reads give up after five seconds.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tallybook::testing {

struct RawAnswer {
  bool complete = false;  // false: the connection ended first
  int status = 0;
  std::string head;  // status line and fields
  std::string body;

  // The value of the field, or "" when absent. The server writes names in lower case.
  [[nodiscard]] std::string field(std::string const& name) const {
    auto const at = head.find("\r\n" + name + ": ");
    if (at == head.npos) return {};
    auto const from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
      ::close(socket_);
      throw std::runtime_error("connect failed");
    }
    int const one = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  RawClient(RawClient const&) = delete;
  RawClient& operator=(RawClient const&) = delete;
  ~RawClient() { ::close(socket_); }

  bool send(std::string_view text) {
    while (!text.empty()) {
      auto const sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // Reads one answer; `head_only` for the answer to HEAD and for 100 Continue.
  RawAnswer read(bool head_only = false) {
    RawAnswer answer;
    auto end = buffer_.npos;
    while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos) {
      if (!more()) return answer;
    }
    answer.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = std::atoi(answer.head.c_str() + 9);
    auto const length = answer.field("content-length");
    auto const wanted = head_only || length.empty() ? 0 : std::stoul(length);
    while (buffer_.size() < wanted) {
      if (!more()) return answer;
    }
    answer.body = buffer_.substr(0, wanted);
    buffer_.erase(0, wanted);
    answer.complete = true;
    return answer;
  }

  RawAnswer ask(std::string_view text) {
    send(text);
    return read();
  }

  // True when the server closes and sends nothing more.
  bool closed(int within_ms = 5000) {
    char byte;
    pollfd poll_for{socket_, POLLIN, 0};
    if (!buffer_.empty() || ::poll(&poll_for, 1, within_ms) != 1) return false;
    return ::recv(socket_, &byte, 1, 0) <= 0;
  }

  [[nodiscard]] bool has_buffered() const { return !buffer_.empty(); }

 private:
  bool more() {
    pollfd poll_for{socket_, POLLIN, 0};
    if (::poll(&poll_for, 1, 5000) != 1) return false;
    char bytes[16384];
    auto const got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(got));
    return true;
  }

  int socket_;
  std::string buffer_;
};

}  // namespace tallybook::testing
