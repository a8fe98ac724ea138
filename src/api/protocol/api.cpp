#include "api/protocol/api.hpp"

#include "api/protocol/dry_run.hpp"
#include "api/protocol/error_rendering.hpp"
#include "api/protocol/keys.hpp"
#include "app/rehearsal.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"

namespace tallybook::api {

struct Api::RateWindow {
  std::int64_t started_ms = 0;
  int count = 0;
};

namespace api_detail {

constexpr std::int64_t idempotency_hours_ms = 24LL * 3600 * 1000;
constexpr std::int64_t rate_window_ms = 10'000;

Response to_response(Reply reply, std::vector<std::pair<std::string, std::string>> headers) {
  Response response;
  response.status = reply.status;
  response.body = std::move(reply.body);
  response.headers = std::move(headers);
  if (!response.body.empty() || reply.status != 204)
    response.headers.emplace_back("content-type", reply.content_type);
  for (auto& header : reply.headers) response.headers.push_back(std::move(header));
  return response;
}

// A body of white space is no body; a form type without bytes comes from clients that send nothing,
// and one with JSON from curl -d. Only a real form is refused.
Result<Value> body_of(Request const& request) {
  if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) return Value();
  auto const type = request.header("content-type");
  if (type.starts_with("multipart/")) {
    return fail(errors::invalid("The body must be JSON, not " + std::string(type)));
  }
  return parse_json(request.body);
}

std::string fingerprint(Call const& call, Route const& route) {
  return hash_key(route.method + " " + call.request.path + "?" + call.request.query + "\n" +
                  call.request.body);
}

struct StoredReply {
  std::string request_hash;
  Reply reply;
};

std::optional<StoredReply> stored_reply(SqlSession& sql, Tenant const& tenant,
                                        std::string const& key, Instant now) {
  std::optional<StoredReply> found;
  sql.query(
      "SELECT request_hash, status, headers, body FROM idempotency_keys WHERE account_id = ? AND "
      "mode = ? AND key = ? AND created_at > ?",
      {tenant.account_id, std::string(mode_text(tenant.mode)), key, now.ms - idempotency_hours_ms},
      [&](SqlRow const& row) {
        StoredReply stored;
        stored.request_hash = row.text(0);
        stored.reply.status = static_cast<int>(row.integer(1));
        stored.reply.content_type = row.text(2);
        stored.reply.body = row.text(3);
        stored.reply.headers.emplace_back("idempotent-replayed", "true");
        found = std::move(stored);
      });
  return found;
}

void keep_reply(SqlSession& sql, Tenant const& tenant, std::string const& key,
                std::string const& hash, Reply const& reply, Instant now) {
  std::string const mode(mode_text(tenant.mode));
  sql.execute("DELETE FROM idempotency_keys WHERE created_at <= ?",
              {now.ms - idempotency_hours_ms});
  // A second process may have been faster: its unique row decides, ours rolls back.
  if (sql.execute("INSERT INTO idempotency_keys (account_id, mode, key, request_hash, status, "
                  "headers, body, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                  "ON CONFLICT DO NOTHING",
                  {tenant.account_id, mode, key, hash, std::int64_t{reply.status},
                   reply.content_type, reply.body, now.ms}) == 0) {
    throw UniqueViolation("idempotency key taken meanwhile");
  }
}

Error mismatch() {
  return {ErrorCode::idempotency_mismatch,
          "This Idempotency-Key was used with another request within the last 24 hours",
          {}};
}
Error running() {
  return {
      ErrorCode::idempotency_running, "A request with this Idempotency-Key is still running", {}};
}

bool keeps_failure(ErrorCode code) {
  return code == ErrorCode::invalid_request || code == ErrorCode::not_found ||
         code == ErrorCode::conflict || code == ErrorCode::unprocessable;
}

}  // namespace api_detail

Api::Api(Services& services, ApiOptions options)
    : services_(services), options_(std::move(options)) {}
Api::~Api() = default;

bool Api::long_running(Request const& request) const {
  std::map<std::string, std::string> parameters;
  auto const* route = router_.match(request.method, request.path, parameters);
  return route != nullptr && route->long_running;
}

std::string Api::route_name(Request const& request) const {
  std::map<std::string, std::string> parameters;
  auto const* route = router_.match(request.method, request.path, parameters);
  return route == nullptr ? "unmatched" : route->pattern;
}

std::string Api::base_url(Request const& request) const {
  if (!options_.public_url.empty()) return options_.public_url;
  std::string host(request.header("host"));
  if (host.empty()) host = "localhost";
  return (request.tls_upstream ? "https://" : "http://") + host;
}

Response Api::handle(Request const& request) {
  std::vector<std::pair<std::string, std::string>> headers;
  try {
    Reply reply = dispatch(request, headers);  // fills the headers first
    return api_detail::to_response(std::move(reply), std::move(headers));
  } catch (StoreUnavailable const& problem) {
    log::error("request " + request.request_id + ": " + problem.what());
    Error const error{
        ErrorCode::unavailable, "The store is not available; nothing was changed. Try again", {}};
    return api_detail::to_response(render_error(error), std::move(headers));
  } catch (std::exception const& problem) {
    log::error("request " + request.request_id + ": " + problem.what());
    Error const error{
        ErrorCode::internal, "Internal error; see the log for request " + request.request_id, {}};
    return api_detail::to_response(render_error(error), std::move(headers));
  }
}

Reply Api::dispatch(Request const& request,
                    std::vector<std::pair<std::string, std::string>>& headers) {
  std::map<std::string, std::string> parameters;
  auto const* route = router_.match(request.method, request.path, parameters);
  if (route == nullptr) return render_error({ErrorCode::route_not_found, "Route not found", {}});
  Call call{request, services_, {}, std::move(parameters), {}, {}, base_url(request)};
  if (!route->resource.empty()) {
    auto const key = authenticate(request, *route);
    if (!key) return render_error(key.error());
    call.tenant = {key->account_id.value, key->mode};
    if (auto const counted = count_request(*key, *route, headers); !counted)
      return render_error(counted.error());
  }
  auto query = Query::parse(request.query);
  if (!query) return render_error(query.error());
  call.query = *std::move(query);
  if (!route->raw_body && request.method != "GET" && request.method != "HEAD") {
    auto body = api_detail::body_of(request);
    if (!body) return render_error(body.error());
    call.body = *std::move(body);
  }
  auto const dry = wants_dry_run(call.query, *route);
  if (!dry) return render_error(dry.error());
  auto reply = *dry ? rehearse(call, *route) : run(call, *route);
  return reply ? *std::move(reply) : render_error(reply.error());
}

Result<ApiKey> Api::authenticate(Request const& request, Route const& route) {
  auto const secret = key_of_header(request.header("authorization"));
  if (!secret || secret->empty()) {
    return fail({ErrorCode::unauthenticated,
                 "Authentication token is missing: send Authorization: Bearer <API key>",
                 {}});
  }
  std::optional<ApiKey> key;
  services_.database.read([&](SqlSession& sql) { key = find_key(sql, *secret); });
  if (!key) return fail({ErrorCode::unauthenticated, "The API key is unknown or revoked", {}});
  bool const write =
      route.kind != RouteKind::read && request.method != "GET" && request.method != "HEAD";
  if (!allows(key->scopes, route.resource, write)) {
    return fail(errors::forbidden("The API key lacks the scope " + route.resource +
                                  (write ? ":write" : ":read")));
  }
  return *std::move(key);
}

Result<void> Api::count_request(ApiKey const& key, Route const& route,
                                std::vector<std::pair<std::string, std::string>>& headers) {
  bool const read = route.kind == RouteKind::read || route.method == "GET";
  bool const ingest = route.resource == "events";
  int const limit = !options_.rate_limits ? 1'000'000 : ingest ? 1000 : read ? 200 : 50;
  std::int64_t const now = services_.clock.now().ms;
  RateWindow window;
  {
    std::lock_guard const lock(rates_mutex_);
    if (rates_.size() > 10'000) rates_.clear();
    auto& current = rates_[key.id.value + (ingest ? "/i" : read ? "/r" : "/w")];
    if (now - current.started_ms >= api_detail::rate_window_ms) current = {now, 0};
    ++current.count;
    window = current;
  }
  Instant const reset{window.started_ms + api_detail::rate_window_ms};
  headers.emplace_back("x-ratelimit-limit", std::to_string(limit));
  headers.emplace_back("x-ratelimit-remaining", std::to_string(std::max(0, limit - window.count)));
  headers.emplace_back("x-ratelimit-reset", format_instant(reset));
  if (window.count <= limit) return {};
  headers.emplace_back("retry-after",
                       std::to_string(std::max<std::int64_t>(1, (reset.ms - now + 999) / 1000)));
  return fail({ErrorCode::too_many_requests, "Too many requests", {}});
}

Result<Reply> Api::run(Call& call, Route const& route) {
  std::string const key(call.request.header("idempotency-key"));
  bool const write = route.kind != RouteKind::read &&
                     (route.method == "POST" || route.method == "PUT" || route.method == "PATCH");
  if (key.empty() || !write || route.resource.empty()) return run_once(call, route);
  if (key.size() > 255)
    return fail(errors::invalid_field("Idempotency-Key", "expected at most 255 characters"));
  std::string const slot =
      call.tenant.account_id + "/" + std::string(mode_text(call.tenant.mode)) + "/" + key;
  {
    std::lock_guard const lock(running_mutex_);
    if (!running_keys_.insert(slot).second) return fail(api_detail::running());
  }
  struct Release {
    Api& api;
    std::string const& slot;
    ~Release() {
      std::lock_guard const lock(api.running_mutex_);
      api.running_keys_.erase(slot);
    }
  } const release{*this, slot};
  return run_with_key(call, route, key);
}

Result<Reply> Api::run_once(Call& call, Route const& route) {
  if (route.kind == RouteKind::free) return route.handler(call);
  std::optional<Result<Reply>> reply;
  if (route.kind == RouteKind::read) {
    services_.database.read([&](SqlSession& sql) {
      call.sql = &sql;
      reply.emplace(route.handler(call));
    });
    if (call.must_rehearse) {
      call.must_rehearse = false;
      Rehearsed noted;
      in_rehearsal(services_, noted, [&](Services& inside, SqlSession& sql) {
        UnitOfWork unit(inside, sql, call.tenant, tenant_now(sql, call.tenant, services_.clock));
        call.sql = &sql;
        call.work = &unit;
        reply.emplace(route.handler(call));
      });
    }
  } else {
    services_.database.write([&](SqlSession& sql) {
      UnitOfWork unit(services_, sql, call.tenant, tenant_now(sql, call.tenant, services_.clock));
      call.sql = &sql;
      call.work = &unit;
      reply.emplace(route.handler(call));
      return reply->has_value();
    });
  }
  return *std::move(reply);
}

// The answer is kept in the transaction that did the work: dying at any line leaves either both or
// neither, so a retry repeats nothing and loses nothing. Refusals changed nothing and are kept in a
// transaction of their own.
Result<Reply> Api::run_with_key(Call& call, Route const& route, std::string const& key) {
  std::string const hash = api_detail::fingerprint(call, route);
  std::optional<api_detail::StoredReply> stored;
  auto const look = [&] {
    services_.database.read([&](SqlSession& sql) {
      stored = api_detail::stored_reply(sql, call.tenant, key, services_.clock.now());
    });
  };
  auto const replay = [&]() -> Result<Reply> {
    if (stored->request_hash != hash) return fail(api_detail::mismatch());
    return stored->reply;
  };
  look();
  if (stored) return replay();
  std::optional<Result<Reply>> reply;
  try {
    if (route.kind != RouteKind::write) {
      reply.emplace(run_once(call, route));
      if (*reply) {
        services_.database.write([&](SqlSession& sql) {
          api_detail::keep_reply(sql, call.tenant, key, hash, **reply, services_.clock.now());
          return true;
        });
      }
    } else {
      services_.database.write([&](SqlSession& sql) {
        UnitOfWork unit(services_, sql, call.tenant, tenant_now(sql, call.tenant, services_.clock));
        call.sql = &sql;
        call.work = &unit;
        reply.emplace(route.handler(call));
        if (!*reply) return false;
        api_detail::keep_reply(sql, call.tenant, key, hash, **reply, services_.clock.now());
        return true;
      });
    }
    if (!*reply && api_detail::keeps_failure(reply->error().code)) {
      services_.database.write([&](SqlSession& sql) {
        api_detail::keep_reply(sql, call.tenant, key, hash, render_error(reply->error()),
                               services_.clock.now());
        return true;
      });
    }
  } catch (UniqueViolation const&) {
    look();
    if (stored) return replay();
    throw;
  }
  return *std::move(reply);
}

}  // namespace tallybook::api
