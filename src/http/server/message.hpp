// Request and Response: one HTTP exchange as plain values, so that nothing outside this folder
// sees the HTTP library. Both are owned by whoever holds them and are not shared between threads.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tallybook {

struct Request {
  std::string method;  // as sent: "GET"
  std::string target;  // as sent: "/v1/customers?page=2"
  std::string path;    // raw, before '?'; percent-decoding is the router's
  std::string query;   // raw, without '?'
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in order sent
  std::string body;                                          // whole, after undoing chunked
  std::string remote_address;  // the client; from X-Forwarded-For only behind a trusted proxy
  std::string request_id;      // never empty once the handler sees it
  bool tls_upstream = false;   // a trusted proxy said the client came over https

  // The first value of the header, or empty when it is absent. The view lives as long as this.
  [[nodiscard]] std::string_view header(std::string_view lower_name) const;
};

struct Response {
  int status = 200;
  // content-type and others. Framing (content-length, connection, ...), date, server and
  // x-request-id are written by the server; a handler's own values for those are ignored.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

}  // namespace tallybook
