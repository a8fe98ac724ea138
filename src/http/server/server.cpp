#include "http/server/server.hpp"

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <stdexcept>

#include "base/log.hpp"
#include "http/server/core.hpp"
#include "http/server/session.hpp"

namespace tallybook {
namespace server_detail {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::beast::error_code;
using TcpAcceptor = asio::basic_socket_acceptor<tcp, TcpExecutor>;

// Connections over the limit are told so, but only this many at a time.
constexpr std::uint64_t most_turned_away = 128;

std::string peer_of(TcpSocket const& socket) {
  error_code error;
  auto const endpoint = socket.remote_endpoint(error);
  if (error) return {};
  auto const address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

// Often enough that the shortest timeout is late by a quarter at most.
std::chrono::milliseconds sweep_period(ServerOptions const& options) {
  auto const shortest = std::min({options.header_timeout, options.body_timeout,
                                  options.keep_alive_timeout, options.request_deadline});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

}  // namespace server_detail

using namespace server_detail;

struct Server::Impl {
  Impl(ServerOptions options, Handler handler) : core(std::move(options), std::move(handler)) {
    int const count = std::max(1, core.options.io_threads);
    for (int i = 0; i < count; ++i) loops.push_back(std::make_unique<IoLoop>());
    acceptor = std::make_unique<TcpAcceptor>(loops.front()->context);
    retry = std::make_unique<LoopTimer>(loops.front()->context);
  }

  void bind();
  void accept();
  void adopt(TcpSocket socket, IoLoop& loop);
  // Stops listening; what the kernel has accepted for us is still served.
  void close_acceptor();
  // Runs `what` on every loop's thread and waits for it.
  template <class What>
  void on_all_loops(What what);

  ServerCore core;  // first, so that it outlives the loops and their sessions
  std::vector<std::unique_ptr<IoLoop>> loops;
  std::unique_ptr<TcpAcceptor> acceptor;
  std::unique_ptr<LoopTimer> retry;
  std::size_t next_loop = 0;
  std::uint16_t port = 0;
  std::mutex stopping;
  bool running = false;
};

void Server::Impl::bind() {
  auto const& options = core.options;
  auto fail = [&](error_code const& error) {
    throw std::runtime_error("cannot listen on " + options.host + ":" +
                             std::to_string(options.port) + ": " + error.message());
  };
  error_code error;
  tcp::resolver resolver(loops.front()->context);
  auto const found =
      resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
  if (error) fail(error);
  tcp::endpoint const endpoint = *found.begin();
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor->non_blocking(true, error);
  if (!error) port = acceptor->local_endpoint(error).port();
  if (error) {
    error_code ignored;
    acceptor->close(ignored);
    fail(error);
  }
}

void Server::Impl::accept() {
  auto& loop = *loops[next_loop++ % loops.size()];
  acceptor->async_accept(loop.context, [this, &loop](error_code error, TcpSocket socket) {
    // Also while stopping: this client was accepted before the door closed.
    if (!error) adopt(std::move(socket), loop);
    if (core.draining || error == asio::error::operation_aborted) return;
    if (!error) return accept();
    // Out of file descriptors, or a client that left already: carry on, but do not spin.
    log::warn("http: accept failed: " + error.message());
    retry->expires_after(std::chrono::milliseconds(50));
    retry->async_wait([this](error_code cancelled) {
      if (!cancelled && !core.draining) accept();
    });
  });
}

void Server::Impl::adopt(TcpSocket socket, IoLoop& loop) {
  ++core.connections_accepted;
  auto const open = ++core.connections_open;
  auto const limit = core.options.max_connections;
  if (open > limit + most_turned_away) {
    ++core.connections_rejected;
    core.connection_closed();
    return;  // the socket closes itself
  }
  auto peer = peer_of(socket);
  auto session = std::make_shared<Session>(core, loop, std::move(socket), std::move(peer));
  asio::post(loop.context, [session = std::move(session), over = open > limit] {
    if (over) {
      session->turn_away();
    } else {
      session->start();
    }
  });
}

void Server::Impl::close_acceptor() {
  error_code error;
  retry->cancel();
  while (true) {
    auto& loop = *loops[next_loop++ % loops.size()];
    TcpSocket socket(loop.context);
    acceptor->accept(socket, error);
    if (error) break;
    adopt(std::move(socket), loop);
  }
  acceptor->close(error);
}

template <class What>
void Server::Impl::on_all_loops(What what) {
  for (auto& loop : loops) {
    auto const done = std::make_shared<std::promise<void>>();
    auto const finished = done->get_future();
    asio::post(loop->context, [&what, &loop = *loop, done] {
      what(loop);
      done->set_value();
    });
    finished.wait();
  }
}

Server::Server(ServerOptions options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}

Server::~Server() { stop(); }

void Server::start() {
  auto& impl = *impl_;
  impl.bind();
  impl.core.pool.start(std::max(1, impl.core.options.worker_threads));
  impl.running = true;
  impl.accept();
  auto const period = sweep_period(impl.core.options);
  for (auto& loop : impl.loops) {
    loop->thread = std::thread([&loop = *loop, period] { loop.run(period); });
  }
}

std::uint16_t Server::port() const { return impl_->port; }

void Server::stop() {
  auto& impl = *impl_;
  std::lock_guard const once(impl.stopping);
  if (!impl.running) return;
  impl.running = false;
  impl.core.draining = true;
  impl.on_all_loops([&](IoLoop& loop) {
    if (&loop == impl.loops.front().get()) impl.close_acceptor();
  });
  impl.on_all_loops([](IoLoop& loop) { loop.drain(); });
  if (!impl.core.wait_until_closed(impl.core.options.drain_timeout)) {
    log::warn("http: connections were cut after the drain timeout");
    impl.on_all_loops([](IoLoop& loop) { loop.cut(); });
  }
  impl.core.pool.stop();
  for (auto& loop : impl.loops) {
    loop->context.stop();
    loop->thread.join();
  }
}

Server::Stats Server::stats() const {
  auto const& core = impl_->core;
  Stats stats;
  stats.connections_open = core.connections_open;
  stats.connections_accepted = core.connections_accepted;
  stats.connections_rejected = core.connections_rejected;
  stats.requests = core.requests;
  stats.requests_rejected = core.requests_rejected;
  stats.deadlines_missed = core.deadlines_missed;
  stats.handler_failures = core.handler_failures;
  stats.queued = core.pool.queued();
  return stats;
}

}  // namespace tallybook
