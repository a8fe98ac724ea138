#include "main/control.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "base/unavailable.hpp"

namespace tallybook {
namespace control_detail {

constexpr char const* file_name = "control.sock";
constexpr std::size_t most_line = 8'192;

[[noreturn]] void failed(char const* doing) {
  throw StoreUnavailable(std::string("control socket: cannot ") + doing + ": " +
                         std::strerror(errno));
}

// Socket addresses hold 108 bytes and folders may be deeper, so the folder is named by descriptor.
sockaddr_un address_in(int folder_descriptor) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string const path = "/proc/self/fd/" + std::to_string(folder_descriptor) + "/" + file_name;
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

bool send_all(int socket, std::string const& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    auto const count = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

// Up to the line end; empty when the other side ends before it or takes longer than `seconds`
// between two parts (negative: for ever).
std::optional<std::string> receive_line(int socket, int seconds) {
  std::string line;
  char buffer[512];
  for (;;) {
    pollfd ready{socket, POLLIN, 0};
    int const polled = ::poll(&ready, 1, seconds < 0 ? -1 : seconds * 1'000);
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) return std::nullopt;
    auto const count = ::recv(socket, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    line.append(buffer, static_cast<std::size_t>(count));
    if (auto const end = line.find('\n'); end != std::string::npos) return line.substr(0, end);
    if (line.size() > most_line) return std::nullopt;
  }
}

}  // namespace control_detail

ControlSocket::ControlSocket(std::string folder, Answer answer)
    : folder_(std::move(folder)), answer_(std::move(answer)) {
  using namespace control_detail;
  folder_descriptor_ = ::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder_descriptor_ < 0) failed("open the data folder");
  ::unlinkat(folder_descriptor_, file_name, 0);
  listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listening_ < 0) failed("make one");
  // Before binding, so that it is never there with wider permissions.
  ::fchmod(listening_, 0600);
  auto const address = address_in(folder_descriptor_);
  if (::bind(listening_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    failed("bind");
  if (::fchmodat(folder_descriptor_, file_name, 0600, 0) != 0) failed("protect it");
  if (::listen(listening_, 8) != 0 || ::pipe2(stop_pipe_, O_CLOEXEC) != 0) failed("listen");
  thread_ = std::thread([this] { loop(); });
}

ControlSocket::~ControlSocket() {
  ::close(stop_pipe_[1]);
  if (thread_.joinable()) thread_.join();
  ::close(stop_pipe_[0]);
  ::close(listening_);
  ::unlinkat(folder_descriptor_, control_detail::file_name, 0);
  ::close(folder_descriptor_);
}

void ControlSocket::loop() {
  for (;;) {
    pollfd waiting[2] = {{listening_, POLLIN, 0}, {stop_pipe_[0], POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    if ((waiting[0].revents & POLLIN) == 0) continue;
    int const connection = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    serve(connection);
    ::close(connection);
  }
}

void ControlSocket::serve(int connection) {
  auto const line = control_detail::receive_line(connection, 5);
  if (!line) return;
  std::string answer;
  try {
    answer = answer_(*line);
  } catch (std::exception const& problem) {
    answer = std::string("error ") + problem.what();
    log::error("control socket: " + answer);
  }
  std::ranges::replace(answer, '\n', ' ');
  control_detail::send_all(connection, answer + "\n");
}

std::optional<std::string> ask_server(std::string const& folder, std::string const& line) {
  using namespace control_detail;
  struct Closing {
    int descriptor;
    ~Closing() {
      if (descriptor >= 0) ::close(descriptor);
    }
  };
  Closing const in_folder{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (in_folder.descriptor < 0) return std::nullopt;
  Closing const connection{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (connection.descriptor < 0) failed("make one");
  auto const address = address_in(in_folder.descriptor);
  if (::connect(connection.descriptor, reinterpret_cast<sockaddr const*>(&address),
                sizeof address) != 0) {
    // Nobody listens: no server, or one that died and left its socket.
    if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
    failed("reach the server");
  }
  if (!send_all(connection.descriptor, line + "\n")) failed("ask the server");
  auto answer = receive_line(connection.descriptor, -1);
  if (!answer) throw StoreUnavailable("the server ended before it answered");
  return answer;
}

}  // namespace tallybook
