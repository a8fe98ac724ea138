// Errors a caller can cause, as values. One ErrorCode per distinct cause; the table that maps a
// code to an HTTP status is api/protocol/error_rendering.cpp. Broken infrastructure (database
// gone, disk full) is an exception (see unavailable.hpp); our own bugs are TB_ASSERT.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tallybook {

enum class ErrorCode {
  invalid_request,       // a body or parameter has the wrong shape or value; fields say where
  unauthenticated,       // no key, or one that is unknown or revoked
  forbidden,             // the key lacks the scope, or the action does not exist in this mode
  not_found,             // the resource is not there for this account and mode
  route_not_found,       // no such path
  conflict,              // a unique name is taken, or the state does not allow the action
  unprocessable,         // well formed, but its meaning is refused
  payload_too_large,     // the body is over the limit
  idempotency_running,   // the same Idempotency-Key is being worked on
  idempotency_mismatch,  // the same Idempotency-Key came with another body
  too_many_requests,     // over the rate limit
  unavailable,           // a store or partner does not answer
  internal,              // our bug, already logged
};

// `path` is a query parameter or a body path such as products[0].amount; `reason` says what was
// expected, for a person.
struct FieldError {
  std::string path;
  std::string reason;
  friend bool operator==(FieldError const&, FieldError const&) = default;
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::vector<FieldError> fields;
  // Of a conflict with the state of something: the state it is in, and what it allows.
  std::string state{};
  std::vector<std::string> allowed{};
};

namespace errors {

inline Error invalid(std::string message) {
  return {ErrorCode::invalid_request, std::move(message), {}};
}
// The message says the first of them, for whoever reads no further.
inline Error invalid_fields(std::vector<FieldError> fields) {
  std::string message = "Invalid body";
  if (!fields.empty()) message = fields.front().path + ": " + fields.front().reason;
  if (fields.size() > 1) message += " (and " + std::to_string(fields.size() - 1) + " more)";
  return {ErrorCode::invalid_request, std::move(message), std::move(fields)};
}
inline Error invalid_field(std::string path, std::string reason) {
  return invalid_fields({{std::move(path), std::move(reason)}});
}
// The same error of a body that is part of another: `rename` makes its paths.
template <class Rename>
Error renamed(Error error, Rename const& rename) {
  if (error.fields.empty()) return error;
  for (auto& field : error.fields) field.path = rename(field.path);
  return invalid_fields(std::move(error.fields));
}
// `noun` as the API says it: "Customer" gives "Customer not found".
inline Error not_found(std::string noun) {
  return {ErrorCode::not_found, std::move(noun) + " not found", {}};
}
inline Error conflict(std::string message) { return {ErrorCode::conflict, std::move(message), {}}; }
inline Error state_conflict(std::string message, std::string state,
                            std::vector<std::string> allowed) {
  return {ErrorCode::conflict, std::move(message), {}, std::move(state), std::move(allowed)};
}
inline Error forbidden(std::string message) {
  return {ErrorCode::forbidden, std::move(message), {}};
}
inline Error unprocessable(std::string message) {
  return {ErrorCode::unprocessable, std::move(message), {}};
}

}  // namespace errors
}  // namespace tallybook
