// ControlSocket: how commands on the same machine ask a running server for what only it can do,
// over a socket in the data folder that only its owner may open.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace tallybook {

// One line in, one line out, one connection after another.
class ControlSocket {
 public:
  // Answers "ok ..." or "error ..."; an exception becomes an error. Runs on the socket's thread.
  using Answer = std::function<std::string(std::string const& line)>;

  // Listens on FOLDER/control.sock; throws StoreUnavailable when it cannot. The caller holds the
  // folder's lock, so a socket that is there is left over and replaced.
  ControlSocket(std::string folder, Answer answer);
  // Finishes the line in hand.
  ~ControlSocket();
  ControlSocket(ControlSocket const&) = delete;

 private:
  void loop();
  void serve(int connection);
  std::string folder_;
  Answer answer_;
  int folder_descriptor_ = -1;
  int listening_ = -1;
  int stop_pipe_[2] = {-1, -1};
  std::thread thread_;
};

class Node;
// What a server answers: "backup FILE" and "backup-events FILE". `node` must outlive the socket.
ControlSocket::Answer control_answers(Node& node);

// Sends one line to the server of this folder; empty when none listens. Waits for the answer as
// long as the server is there. Throws StoreUnavailable when it goes away in between.
std::optional<std::string> ask_server(std::string const& folder, std::string const& line);

}  // namespace tallybook
