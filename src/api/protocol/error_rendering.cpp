#include "api/protocol/error_rendering.hpp"

#include <map>

namespace tallybook::api {
namespace error_detail {

struct Row {
  ErrorCode code;
  int status;
  char const* type;
};

constexpr Row table[] = {
    {ErrorCode::invalid_request, 400, "ValidationError"},
    {ErrorCode::unauthenticated, 401, "Unauthorized"},
    {ErrorCode::forbidden, 403, "Forbidden"},
    {ErrorCode::not_found, 404, "NotFound"},
    {ErrorCode::route_not_found, 404, "NotFound"},
    {ErrorCode::conflict, 409, "Conflict"},
    {ErrorCode::idempotency_running, 409, "IdempotencyConflict"},
    {ErrorCode::payload_too_large, 413, "PayloadTooLarge"},
    {ErrorCode::idempotency_mismatch, 417, "IdempotencyMismatch"},
    {ErrorCode::unprocessable, 422, "Unprocessable"},
    {ErrorCode::too_many_requests, 429, "TooManyRequests"},
    {ErrorCode::internal, 500, "InternalError"},
    {ErrorCode::unavailable, 503, "Unavailable"},
};

Row const& row_of(ErrorCode code) {
  for (auto const& row : table) {
    if (row.code == code) return row;
  }
  return table[11];
}

}  // namespace error_detail

int status_of(ErrorCode code) { return error_detail::row_of(code).status; }

Reply render_error(Error const& error) {
  auto const& row = error_detail::row_of(error.code);
  // The vendor answers 429 with plain text.
  if (error.code == ErrorCode::too_many_requests)
    return {429, "Too many requests", "text/plain; charset=utf-8", {}};
  std::string body = "{\"statusCode\":" + std::to_string(row.status) + ",\"type\":\"" + row.type +
                     "\",\"message\":";
  append_json_string(body, error.message);
  if (!error.fields.empty()) {
    std::vector<std::pair<std::string, std::vector<std::string>>> grouped;
    for (auto const& field : error.fields) {
      if (grouped.empty() || grouped.back().first != field.path)
        grouped.push_back({field.path, {}});
      grouped.back().second.push_back(field.reason);
    }
    std::map<std::string, std::vector<std::string>> merged;
    for (auto& [path, reasons] : grouped) {
      for (auto& reason : reasons) merged[path].push_back(std::move(reason));
    }
    body += ",\"errors\":{";
    bool first = true;
    for (auto const& [path, reasons] : merged) {
      if (!first) body += ',';
      first = false;
      append_json_string(body, path);
      body += ":[";
      for (std::size_t i = 0; i < reasons.size(); ++i) {
        if (i > 0) body += ',';
        append_json_string(body, reasons[i]);
      }
      body += ']';
    }
    body += '}';
  }
  if (!error.state.empty()) {
    body += ",\"state\":";
    append_json_string(body, error.state);
    body += ",\"allowed\":[";
    for (std::size_t i = 0; i < error.allowed.size(); ++i) {
      if (i > 0) body += ',';
      append_json_string(body, error.allowed[i]);
    }
    body += ']';
  }
  return {row.status, body + "}"};
}

}  // namespace tallybook::api
