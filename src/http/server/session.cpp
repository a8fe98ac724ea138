#include "http/server/session.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace tallybook {
namespace session_detail {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;

constexpr std::size_t small_read = 8 * 1024;
constexpr std::size_t body_read = 64 * 1024;
// How long a closed conversation is still read from, so that the client sees our last answer
// rather than a reset.
constexpr std::chrono::seconds linger_time{2};

ServerCore::Time now() { return std::chrono::steady_clock::now(); }

std::string random_id(std::mt19937_64& random) {
  static constexpr char digits[] = "0123456789abcdef";
  std::uint64_t bits = random();
  std::string id(16, '0');
  for (char& c : id) {
    c = digits[bits & 15];
    bits >>= 4;
  }
  return id;
}

// "http://host/path" as sent to proxies becomes "/path"; empty when there is no usable path.
std::string_view origin_form(std::string_view method, std::string_view target) {
  if (target.starts_with('/')) return target;
  if (target == "*" && method == "OPTIONS") return target;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!http_wire::iequals(target.substr(0, scheme.size()), scheme)) continue;
    auto const slash = target.find_first_of("/?", scheme.size());
    if (slash == target.npos) return "/";
    return target[slash] == '/' ? target.substr(slash) : std::string_view();
  }
  return {};
}

}  // namespace session_detail

using namespace session_detail;

void IoLoop::run(std::chrono::milliseconds sweep_period) {
  sweep(sweep_period);
  while (true) {
    try {
      context.run();
      return;
    } catch (std::exception const& error) {
      // One connection's trouble (out of memory) must not end the others.
      log::error(std::string("http: io thread: ") + error.what());
    }
  }
}

void IoLoop::sweep(std::chrono::milliseconds period) {
  sweeper.expires_after(period);
  sweeper.async_wait([this, period](error_code error) {
    if (error) return;
    auto const at = now();
    std::vector<std::shared_ptr<Session>> late;
    for (auto* session : sessions) {
      if (session->deadline() <= at) late.push_back(session->shared_from_this());
    }
    for (auto const& session : late) session->time_out();
    sweep(period);
  });
}

void IoLoop::drain() {
  std::vector<std::shared_ptr<Session>> all;
  for (auto* session : sessions) all.push_back(session->shared_from_this());
  for (auto const& session : all) session->close_if_idle();
}

void IoLoop::cut() {
  std::vector<std::shared_ptr<Session>> all;
  for (auto* session : sessions) all.push_back(session->shared_from_this());
  for (auto const& session : all) session->close();
}

Session::Session(ServerCore& core, IoLoop& loop, TcpSocket socket, std::string peer)
    : core_(core), loop_(loop), socket_(std::move(socket)), peer_(std::move(peer)) {}

template <class Step>
void Session::guarded(Step step) {
  try {
    step();
  } catch (std::exception const& error) {
    log::error(std::string("http: connection closed: ") + error.what());
    close();
  }
}

void Session::start() {
  loop_.sessions.insert(this);
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  guarded([this] { begin_request(); });
}

void Session::turn_away() {
  loop_.sessions.insert(this);
  started_ = now();
  guarded([this] { refuse(503, "Too many connections"); });
}

void Session::begin_request() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(core_.options.max_header));
  parser_->body_limit(core_.options.max_body);
  parser_->eager(false);
  request_ = {};
  header_bytes_ = 0;
  header_taken_ = false;
  phase_ = Phase::reading_header;
  started_ = now();
  bool const idle = !first_ && buffer_.size() == 0;
  deadline_ = started_ + (idle ? core_.options.keep_alive_timeout : core_.options.header_timeout);
  // A large body left a large buffer; an idle connection should not hold it.
  if (idle && buffer_.capacity() > 2 * small_read) buffer_.shrink_to_fit();
  parse();
}

void Session::read() {
  auto const space = buffer_.prepare(header_taken_ ? body_read : small_read);
  socket_.async_read_some(space, [self = shared_from_this()](error_code error, std::size_t n) {
    self->guarded([&] { self->received(error, n); });
  });
}

void Session::received(error_code error, std::size_t n) {
  // A timeout has taken over in the meantime, or the connection was cut.
  if (phase_ != Phase::reading_header && phase_ != Phase::reading_body) return;
  if (error) return close();
  bool const untouched = buffer_.size() == 0 && header_bytes_ == 0;
  if (phase_ == Phase::reading_header && !first_ && untouched) {
    started_ = now();
    deadline_ = started_ + core_.options.header_timeout;
  }
  buffer_.commit(n);
  parse();
}

void Session::parse() {
  // An empty line before a request is to be ignored (RFC 9112, 2.2).
  if (header_bytes_ == 0 && !header_taken_) {
    auto const* bytes = static_cast<char const*>(buffer_.cdata().data());
    std::size_t blank = 0;
    while (blank < buffer_.size() && (bytes[blank] == '\r' || bytes[blank] == '\n')) ++blank;
    buffer_.consume(blank);
  }
  while (buffer_.size() > 0) {
    if (!feed()) return;
    if (parser_->is_done()) return dispatch();
  }
  read();
}

bool Session::feed() {
  error_code error;
  std::size_t const used = parser_->put(buffer_.cdata(), error);
  buffer_.consume(used);
  if (!header_taken_) {
    header_bytes_ += used;
    // Beast measures the request line and the fields apart; the limit is for both.
    auto const unread = error == http::error::need_more ? buffer_.size() : 0;
    if (header_bytes_ + unread > core_.options.max_header) {
      refuse(431, "The request header is too large");
      return false;
    }
  }
  if (error == http::error::need_more) {
    if (buffer_.size() > core_.options.max_header) {
      refuse(400, "A chunk header is too long");
    } else {
      read();
    }
    return false;
  }
  if (error) {
    parse_failed(error);
    return false;
  }
  if (header_taken_ || !parser_->is_header_done()) return true;
  header_taken_ = true;
  parser_->eager(true);
  return take_header();
}

void Session::parse_failed(error_code error) {
  if (request_.method.empty()) {
    auto const& message = parser_->get();
    request_.method = message.method_string();
    request_.target = message.target();
    request_.path = request_.target.substr(0, request_.target.find('?'));
  }
  if (error == http::error::body_limit) {
    return refuse(413, "The request body is larger than " + std::to_string(core_.options.max_body) +
                           " bytes");
  }
  if (error == http::error::header_limit) return refuse(431, "The request header is too large");
  refuse(400, "Malformed HTTP request: " + error.message());
}

bool Session::take_fields() {
  auto const& message = parser_->get();
  http11_ = message.version() == 11;
  request_.method = message.method_string();
  request_.target = message.target();
  int hosts = 0;
  // Now rather than with the body: trailers must not become header fields.
  for (auto const& field : message) {
    auto& [name, value] =
        request_.headers.emplace_back(http_wire::to_lower(std::string_view(
                                          field.name_string().data(), field.name_string().size())),
                                      std::string(field.value().data(), field.value().size()));
    if (name == "host") ++hosts;
    if (name == "transfer-encoding" && !http_wire::iequals(value, "chunked")) {
      refuse(501, "Only the chunked transfer coding is supported");
      return false;
    }
    // Two readers of such a message could disagree on where it ends.
    if (name == "transfer-encoding" && !http11_) {
      refuse(400, "Transfer-Encoding needs HTTP/1.1");
      return false;
    }
  }
  if (hosts > 1 || (hosts == 0 && http11_)) {
    refuse(400, "Exactly one Host header is required");
    return false;
  }
  return true;
}

void Session::identify() {
  auto const given = request_.header("x-request-id");
  request_.request_id =
      http_wire::is_request_id(given) ? std::string(given) : random_id(loop_.random);
}

bool Session::take_header() {
  if (!take_fields()) return false;
  identify();
  core_.proxies.apply(request_, peer_);
  auto const origin = origin_form(request_.method, request_.target);
  if (origin.empty()) {
    refuse(400, "The request target is not a path");
    return false;
  }
  auto const mark = origin.find('?');
  request_.path = origin.substr(0, mark);
  if (mark != origin.npos) request_.query = origin.substr(mark + 1);
  if (parser_->is_done()) return true;
  phase_ = Phase::reading_body;
  deadline_ = now() + core_.options.body_timeout;
  auto const expected = request_.header("expect");
  if (expected.empty()) return true;
  if (!http_wire::iequals(expected, "100-continue")) {
    refuse(417, "Only 100-continue can be expected");
    return false;
  }
  // A client that has begun to send the body is not waiting.
  if (!http11_ || buffer_.size() > 0) return true;
  write({"HTTP/1.1 100 Continue\r\n\r\n", {}, false}, After::read_body);
  return false;
}

void Session::dispatch() {
  phase_ = Phase::handling;
  request_.body = std::move(parser_->get().body());
  ++core_.requests;
  auto exchange = std::make_shared<Exchange>();
  // While draining the last answer says so, but pipelined requests already here come first.
  bool const last = core_.draining && nothing_pending();
  exchange->framing = {http11_, parser_->keep_alive() && !last, request_.method == "HEAD"};
  exchange->request = std::move(request_);
  exchange->started = now();
  exchange->session = shared_from_this();
  current_ = exchange;
  bool exempt = false;
  try {
    exempt = core_.options.long_running && core_.options.long_running(exchange->request);
  } catch (std::exception const& error) {
    log::error("request " + exchange->request.request_id +
               ": long_running failed: " + error.what());
  }
  deadline_ = exempt ? ServerCore::Time::max() : exchange->started + core_.options.request_deadline;
  if (core_.pool.post([exchange] { work(exchange); })) return;
  exchange->answered = true;
  ++core_.requests_rejected;
  auto response = http_wire::error_response(503, "The server is busy, try again");
  response.headers.emplace_back("retry-after", "1");
  core_.account(exchange->request, response, exchange->started);
  complete(exchange, http_wire::serialise(std::move(response), exchange->request.request_id,
                                          exchange->framing));
}

void Session::work(std::shared_ptr<Exchange> const& exchange) {
  try {
    work_and_answer(exchange);
  } catch (std::exception const& error) {
    log::error("request " + exchange->request.request_id + ": no answer: " + error.what());
    asio::post(exchange->session->loop_.context, [exchange] { exchange->session->close(); });
  }
}

void Session::work_and_answer(std::shared_ptr<Exchange> const& exchange) {
  // The client was already told 504 while this waited in the queue.
  if (exchange->answered) return;
  auto& session = *exchange->session;
  auto response = session.core_.answer(exchange->request);
  if (exchange->answered.exchange(true)) {
    log::warn("request " + exchange->request.request_id +
              ": finished after its deadline, answer dropped");
    return;
  }
  session.core_.account(exchange->request, response, exchange->started);
  auto wire =
      http_wire::serialise(std::move(response), exchange->request.request_id, exchange->framing);
  asio::post(session.loop_.context, [exchange, wire = std::move(wire)]() mutable {
    auto const session = exchange->session;
    session->guarded([&] { session->complete(exchange, std::move(wire)); });
  });
}

void Session::complete(std::shared_ptr<Exchange> const& exchange, http_wire::WireResponse wire) {
  if (phase_ != Phase::handling || current_ != exchange) return;
  current_.reset();
  auto const after = wire.close ? After::linger : After::next_request;
  write(std::move(wire), after);
}

void Session::refuse(int status, std::string_view message) {
  bool const turned_away = !parser_;
  ++(turned_away ? core_.connections_rejected : core_.requests_rejected);
  if (request_.request_id.empty()) identify();
  if (request_.remote_address.empty()) request_.remote_address = peer_;
  auto response = http_wire::error_response(status, message);
  core_.account(request_, response, started_);
  write(http_wire::serialise(std::move(response), request_.request_id,
                             {http11_, false, request_.method == "HEAD"}),
        After::linger);
}

void Session::write(http_wire::WireResponse wire, After after) {
  wire_ = std::move(wire);
  sent_ = 0;
  after_ = after;
  phase_ = Phase::writing;
  write_more();
}

void Session::write_more() {
  deadline_ = now() + core_.options.body_timeout;
  auto const head = asio::buffer(wire_.head) + std::min(sent_, wire_.head.size());
  auto const body =
      asio::buffer(wire_.body) + (sent_ > wire_.head.size() ? sent_ - wire_.head.size() : 0);
  std::array<asio::const_buffer, 2> const rest{head, body};
  socket_.async_write_some(rest, [self = shared_from_this()](error_code error, std::size_t n) {
    if (self->phase_ != Phase::writing) return;
    if (error) return self->close();
    self->sent_ += n;
    bool const more = self->sent_ < self->wire_.head.size() + self->wire_.body.size();
    self->guarded([&] { more ? self->write_more() : self->written(); });
  });
}

void Session::written() {
  wire_ = {};
  if (after_ == After::linger) return linger();
  if (after_ == After::read_body) {
    phase_ = Phase::reading_body;
    deadline_ = now() + core_.options.body_timeout;
    return parse();
  }
  first_ = false;
  if (core_.draining && nothing_pending()) return close();
  begin_request();
}

bool Session::nothing_pending() {
  if (buffer_.size() > 0) return false;
  error_code error;
  return socket_.available(error) == 0 || error;
}

void Session::linger() {
  phase_ = Phase::lingering;
  deadline_ = now() + linger_time;
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error) return close();
  buffer_.clear();
  linger_read();
}

void Session::linger_read() {
  socket_.async_read_some(buffer_.prepare(body_read),
                          [self = shared_from_this()](error_code error, std::size_t) {
                            if (self->phase_ != Phase::lingering) return;
                            if (error) return self->close();
                            self->guarded([&] { self->linger_read(); });
                          });
}

void Session::time_out() {
  guarded([this] { on_deadline(); });
}

void Session::on_deadline() {
  error_code ignored;
  switch (phase_) {
    case Phase::reading_header:
      if (header_bytes_ == 0 && buffer_.size() == 0) return close();
      socket_.cancel(ignored);
      return refuse(408, "The request header did not arrive in time");
    case Phase::reading_body:
      socket_.cancel(ignored);
      return refuse(408, "The request body did not arrive in time");
    case Phase::handling: {
      deadline_ = ServerCore::Time::max();
      auto const exchange = current_;
      // The worker was faster; its answer is on the way here.
      if (exchange->answered.exchange(true)) return;
      ++core_.deadlines_missed;
      auto response = http_wire::error_response(504, "The request took too long");
      core_.account(exchange->request, response, exchange->started);
      exchange->framing.keep_alive = false;
      return complete(exchange,
                      http_wire::serialise(std::move(response), exchange->request.request_id,
                                           exchange->framing));
    }
    case Phase::writing:
    case Phase::lingering:
    case Phase::closed:
      return close();
  }
}

void Session::close_if_idle() {
  if (phase_ == Phase::reading_header && header_bytes_ == 0 && nothing_pending()) close();
}

void Session::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  error_code ignored;
  socket_.close(ignored);
  loop_.sessions.erase(this);
  current_.reset();
  core_.connection_closed();
}

}  // namespace tallybook
