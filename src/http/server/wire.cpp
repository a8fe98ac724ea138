#include "http/server/wire.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace tallybook::http_wire {
namespace wire_detail {

// One write for small answers; a copy of more than this costs more than a second buffer.
constexpr std::size_t inline_body = 16 * 1024;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_own_field(std::string_view name) {
  static constexpr std::array<std::string_view, 8> own = {
      "content-length", "connection", "transfer-encoding", "keep-alive",
      "date",           "server",     "x-request-id",      "trailer"};
  return std::any_of(own.begin(), own.end(), [&](auto field) { return iequals(field, name); });
}

void append_clean(std::string& out, std::string_view text) {
  for (char c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\t') out += c;
  }
}

std::string_view error_type(int status) {
  switch (status) {
    case 400:
      return "BadRequest";
    case 408:
      return "RequestTimeout";
    case 413:
      return "PayloadTooLarge";
    case 417:
      return "ExpectationFailed";
    case 431:
      return "RequestHeaderFieldsTooLarge";
    case 501:
      return "NotImplemented";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "GatewayTimeout";
    default:
      return "InternalServerError";
  }
}

}  // namespace wire_detail

bool iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return wire_detail::lower(x) == wire_detail::lower(y);
         });
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), wire_detail::lower);
  return out;
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string_view date_now() {
  thread_local std::time_t cached = -1;
  thread_local char text[32];
  thread_local std::size_t length = 0;
  std::time_t const now = std::time(nullptr);
  if (now != cached) {
    // Not strftime's %a and %b: the names must stay English in any locale.
    static constexpr char const* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr char const* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::string line = days[utc.tm_wday];
    char rest[24];
    std::strftime(rest, sizeof rest, ", %d ", &utc);
    line += rest;
    line += months[utc.tm_mon];
    std::strftime(rest, sizeof rest, " %Y %H:%M:%S GMT", &utc);
    line += rest;
    length = line.copy(text, sizeof text);
    cached = now;
  }
  return {text, length};
}

std::string_view reason_phrase(int status) {
  static constexpr std::pair<int, std::string_view> table[] = {
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {412, "Precondition Failed"},
      {413, "Payload Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Entity"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Unsupported"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  };
  for (auto const& [code, phrase] : table) {
    if (code == status) return phrase;
  }
  return "Status";
}

Response error_response(int status, std::string_view message) {
  // Messages are the server's own plain ASCII sentences, so nothing needs escaping.
  std::string body = "{\"statusCode\":" + std::to_string(status) + ",\"type\":\"";
  body += wire_detail::error_type(status);
  body += "\",\"message\":\"";
  body += message;
  body += "\"}";
  return {status, {{"content-type", "application/json"}}, std::move(body)};
}

WireResponse serialise(Response response, std::string_view request_id, Framing framing) {
  // A handler's status outside three digits would break the status line.
  int const status = response.status >= 200 && response.status <= 599 ? response.status : 500;
  bool const bodiless = status == 204 || status == 304;
  WireResponse wire;
  wire.close = !framing.keep_alive;
  std::string& head = wire.head;
  bool const with_body = !framing.head && !bodiless;
  bool const inlined = with_body && response.body.size() <= wire_detail::inline_body;
  head.reserve(320 + (inlined ? response.body.size() : 0));
  head += "HTTP/1.1 ";
  head += std::to_string(status);
  head += ' ';
  head += reason_phrase(status);
  head += "\r\nserver: tallybook\r\ndate: ";
  head += date_now();
  head += "\r\nx-request-id: ";
  head += request_id;
  for (auto const& [name, value] : response.headers) {
    if (name.empty() || wire_detail::is_own_field(name)) continue;
    head += "\r\n";
    wire_detail::append_clean(head, name);
    head += ": ";
    wire_detail::append_clean(head, value);
  }
  if (!bodiless) {
    head += "\r\ncontent-length: ";
    head += std::to_string(response.body.size());
  }
  if (!framing.keep_alive) head += "\r\nconnection: close";
  if (framing.keep_alive && !framing.http11) head += "\r\nconnection: keep-alive";
  head += "\r\n\r\n";
  if (inlined) head += response.body;
  if (with_body && !inlined) wire.body = std::move(response.body);
  return wire;
}

}  // namespace tallybook::http_wire
