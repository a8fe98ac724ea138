// Program: the real tallybook program serving an installation of its own, and a lean client for it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tallybook::bench {

struct Reply {
  int status = 0;
  std::string body;
};

// One kept-alive connection; blocking. Whatever goes wrong ends the benchmark with a message.
class Connection {
 public:
  explicit Connection(std::uint16_t port);
  ~Connection();
  Connection(Connection const&) = delete;
  // Sends a whole request as it stands and reads the whole answer.
  Reply exchange(std::string_view request);

 private:
  int socket_ = -1;
  std::string buffer_;
};

// A request as bytes; `key` may be empty.
std::string request_text(std::string const& method, std::string const& target,
                         std::string const& key, std::string const& body = "");

class Program {
 public:
  // Empties the folder, makes a live key with `keys create`, starts `serve` on a free port and
  // waits until it is ready.
  explicit Program(std::string folder, int workers = 4);
  ~Program();
  Program(Program const&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t process() const { return process_; }
  [[nodiscard]] std::string const& key() const { return key_; }
  // From fork to the first 200 of /ready.
  [[nodiscard]] double start_seconds() const { return start_seconds_; }
  // The same without a key made before: the very first start.
  static Program first_start(std::string folder) { return Program(std::move(folder), 4, false); }

  // One call with the key; ends the benchmark unless the status is `expected`.
  std::string call(std::string const& method, std::string const& target, std::string const& body,
                   int expected);

 private:
  Program(std::string folder, int workers, bool with_key);
  void start(int workers);
  std::string folder_;
  std::string key_;
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
  double start_seconds_ = 0;
};

// The text between `"name":"` and the next quote: enough for ids in answers.
std::string text_field(std::string const& json, std::string const& name);

}  // namespace tallybook::bench
