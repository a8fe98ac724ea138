// The bytes of a response, and the bodies of the answers the server gives by itself. Pure
// functions (date_now caches per thread); internal to http/server.
#pragma once

#include <string>
#include <string_view>

#include "http/server/message.hpp"

namespace tallybook::http_wire {

struct Framing {
  bool http11 = true;
  bool keep_alive = true;
  bool head = false;  // answer to HEAD: the length of the body without the body
};

struct WireResponse {
  std::string head;  // status line and fields; a small body is appended here
  std::string body;  // empty when it went into head
  bool close = false;
};

// Takes the response apart (its body is moved). Names and values that would break the framing
// lose their control characters.
WireResponse serialise(Response response, std::string_view request_id, Framing framing);

// {"statusCode":413,"type":"PayloadTooLarge","message":"..."}
Response error_response(int status, std::string_view message);

std::string_view reason_phrase(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string_view date_now();

bool iequals(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);

// 1 to 128 visible ASCII characters.
bool is_request_id(std::string_view text);

}  // namespace tallybook::http_wire
