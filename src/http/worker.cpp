#include "http/worker.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

namespace recant::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// After everything was cut off: for how long handlers may take to notice.
constexpr milliseconds kLastWait{200};

milliseconds round_of(const TimeLimits& times) {
  const auto shortest = std::min({times.handshake, times.header, times.body, times.idle,
                                  times.handler, times.write, times.linger, times.drain});
  return std::clamp(shortest / 4, milliseconds{1}, milliseconds{250});
}

}  // namespace

Worker::Worker(std::shared_ptr<ServerState> state, asio::io_context& io, Handler& handler,
               Observer& observer, RandomSource& random)
    : state_(std::move(state)),
      io_(io),
      handler_(handler),
      observer_(observer),
      ids_(random),
      acceptor_(io),
      timer_(io),
      round_(round_of(state_->options.times)) {}

Worker::~Worker() = default;

void Worker::start(tcp::acceptor acceptor) {
  acceptor_ = std::move(acceptor);
  state_->worker_started();
  asio::co_spawn(io_, accept(shared_from_this()), asio::detached);
  asio::co_spawn(io_, watch(shared_from_this()), asio::detached);
}

Task<void> Worker::accept(std::shared_ptr<Worker> self) {
  static_cast<void>(self);  // kept alive
  while (acceptor_.is_open()) {
    auto [ec, socket] = co_await acceptor_.async_accept(kTuple);
    if (!ec) {
      admit(std::move(socket));
    } else if (ec != asio::error::operation_aborted && ec != asio::error::connection_aborted) {
      // Out of descriptors or memory: it would fail again at once.
      observer_.not_accepted(ec.message());
      asio::steady_timer pause(io_, milliseconds{100});
      co_await pause.async_wait(kTuple);
    }
  }
}

void Worker::admit(tcp::socket socket) {
  if (state_->connections.fetch_add(1, std::memory_order_relaxed) >=
      state_->options.max_connections) {
    state_->connections.fetch_sub(1, std::memory_order_relaxed);
    turn_away(std::move(socket));
    return;
  }
  const auto connection =
      std::make_shared<Connection>(shared_from_this(), std::move(socket), state_->tls());
  connections_.push_back(*connection);
  connection->start();
}

void Worker::turn_away(tcp::socket socket) {
  observer_.not_accepted("the limit of connections is reached");
  if (state_->tls()) return;  // what it could be told without a handshake is no TLS
  std::string id;
  ids_.next(id);
  std::string out;
  const auto response = to_response({Code::unavailable, "Too many connections. Try again."});
  write_response(out, response,
                 {.date = date_.at(clock().wall()), .request_id = id, .keep_alive = false});
  error_code ec;
  socket.non_blocking(true, ec);
  socket.write_some(asio::buffer(out), ec);
  socket.shutdown(tcp::socket::shutdown_send, ec);
}

void Worker::gone(Connection& connection) {
  connection.unlink();
  state_->connections.fetch_sub(1, std::memory_order_relaxed);
  if (draining_ && connections_.empty()) finish();
}

Task<void> Worker::watch(std::shared_ptr<Worker> self) {
  static_cast<void>(self);  // kept alive
  while (!finished_) {
    timer_.expires_after(round_);
    co_await timer_.async_wait(kTuple);
    look_at_deadlines(clock().steady());
  }
}

void Worker::look_at_deadlines(SteadyInstant now) {
  // tick never ends a connection here and now: its coroutine does, later.
  for (auto& connection : connections_) connection.tick(now);
  if (now < give_up_at_) return;
  if (aborted_) {
    finish();
  } else {
    abort();
  }
}

void Worker::drain() {
  if (draining_) return;
  draining_ = true;
  give_up_at_ = clock().steady() + state_->options.times.drain;
  admit_backlog();
  error_code ec;
  acceptor_.close(ec);
  for (auto& connection : connections_) connection.drain();
  if (connections_.empty()) finish();
}

/// Connections that the kernel has completed already would be reset by closing the listener.
void Worker::admit_backlog() {
  error_code ec;
  acceptor_.non_blocking(true, ec);
  while (!ec) {
    tcp::socket socket(io_);
    acceptor_.accept(socket, ec);
    if (!ec) admit(std::move(socket));
  }
}

void Worker::abort() {
  if (aborted_) return;
  drain();
  aborted_ = true;
  give_up_at_ = clock().steady() + kLastWait;
  for (auto& connection : connections_) connection.abort();
}

void Worker::finish() {
  if (finished_) return;
  finished_ = true;
  timer_.cancel();
  state_->worker_finished();
}

}  // namespace recant::http
