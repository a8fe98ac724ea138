// Session: one connection, from accept to close. Everything runs on the thread of its IoLoop, so
// nothing here is locked; a worker only computes the answer and posts it back. One request at a
// time: the next is parsed after the answer is written, which keeps pipelined answers in order.
// Internal to http/server; one of the three files that include Asio and Beast.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <unordered_set>

#include "http/server/core.hpp"
#include "http/server/wire.hpp"

namespace tallybook {

using TcpExecutor = boost::asio::io_context::executor_type;
using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, TcpExecutor>;
using LoopTimer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, TcpExecutor>;

class Session;

// One io thread. Timeouts are a periodic look over its sessions rather than a timer per
// operation: cheaper per request, and late by at most one period.
struct IoLoop {
  IoLoop() : guard(context.get_executor()), sweeper(context), random(std::random_device()()) {}

  void run(std::chrono::milliseconds sweep_period);  // body of `thread`
  void sweep(std::chrono::milliseconds period);      // arms itself again
  void drain();                                      // loop thread only
  void cut();                                        // loop thread only

  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<TcpExecutor> guard;
  LoopTimer sweeper;
  std::unordered_set<Session*> sessions;  // loop thread only
  std::mt19937_64 random;                 // loop thread only
  std::thread thread;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `core` and `loop` must outlive this.
  Session(ServerCore& core, IoLoop& loop, TcpSocket socket, std::string peer);

  void start();
  // Answers 503 without reading a request.
  void turn_away();
  // The deadline of the present phase has passed.
  void time_out();
  // Closes when nothing of a request has arrived.
  void close_if_idle();
  void close();

  [[nodiscard]] ServerCore::Time deadline() const { return deadline_; }

 private:
  enum class Phase { reading_header, reading_body, handling, writing, lingering, closed };
  enum class After { next_request, read_body, linger };
  struct Exchange {
    Request request;
    http_wire::Framing framing;
    ServerCore::Time started;
    std::shared_ptr<Session> session;
    std::atomic<bool> answered{false};  // set by whoever answers: worker, deadline or full queue
  };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  // Runs one step; an exception (out of memory) costs this connection only. A session must be
  // closed before it goes, because its loop knows it by address.
  template <class Step>
  void guarded(Step step);
  void begin_request();
  void read();
  void parse();
  // Puts buffered bytes into the parser; true when there is reason to go on parsing.
  bool feed();
  void parse_failed(boost::beast::error_code error);
  // Fills request_ from the header; false when the request was refused or must wait.
  bool take_header();
  bool take_fields();
  void identify();
  void dispatch();
  static void work(std::shared_ptr<Exchange> const& exchange);
  static void work_and_answer(std::shared_ptr<Exchange> const& exchange);
  void complete(std::shared_ptr<Exchange> const& exchange, http_wire::WireResponse wire);
  void received(boost::beast::error_code error, std::size_t n);
  void on_deadline();
  void refuse(int status, std::string_view message);
  void write(http_wire::WireResponse wire, After after);
  void write_more();
  void written();
  void linger();
  void linger_read();
  [[nodiscard]] bool nothing_pending();

  ServerCore& core_;
  IoLoop& loop_;
  TcpSocket socket_;
  std::string const peer_;
  Phase phase_ = Phase::reading_header;
  After after_ = After::next_request;
  ServerCore::Time deadline_ = ServerCore::Time::max();
  ServerCore::Time started_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Request request_;
  std::size_t header_bytes_ = 0;
  bool header_taken_ = false;
  bool first_ = true;
  bool http11_ = true;
  std::shared_ptr<Exchange> current_;
  http_wire::WireResponse wire_;
  std::size_t sent_ = 0;
};

}  // namespace tallybook
