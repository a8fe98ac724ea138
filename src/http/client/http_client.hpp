// HttpClient: calls to one server over one kept connection (libcurl, which only this folder
// includes). Not thread-safe: one per thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace tallybook {

class HttpClient {
 public:
  struct Answer {
    long status = 0;
    std::string body;
  };
  // How long a call may take, in seconds.
  struct Limits {
    long connect = 10;
    long total = 120;
  };
  // `base_url` starts with http:// or https://; `headers` are sent with every call. Throws
  // std::runtime_error when the library cannot start.
  HttpClient(std::string base_url, std::vector<std::string> const& headers);
  HttpClient(std::string base_url, std::vector<std::string> const& headers, Limits limits);
  ~HttpClient();
  HttpClient(HttpClient const&) = delete;
  HttpClient& operator=(HttpClient const&) = delete;

  // `path` starts with a slash. Any status is an answer; std::runtime_error means there was none
  // (no connection or no end within the limits).
  Answer get(std::string const& path);
  Answer post(std::string const& path, std::string const& body);
  [[nodiscard]] std::string escaped(std::string const& text);

 private:
  struct Parts;
  Answer call(std::string const& path, std::string const* body);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tallybook
