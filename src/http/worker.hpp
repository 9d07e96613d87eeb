// One thread's share of the server: its acceptor, its connections, and the round that looks at
// their deadlines.
//
// Everything here runs on the thread of `io`; nothing is locked. Held by its connections as well,
// so that it outlives them.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <span>

#include "base/task.hpp"
#include "http/connection.hpp"
#include "http/handler.hpp"
#include "http/http_date.hpp"
#include "http/request_id.hpp"
#include "http/server_state.hpp"

namespace recant::http {

class Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(std::shared_ptr<ServerState> state, boost::asio::io_context& io, Handler& handler,
         Observer& observer, RandomSource& random);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Before the thread runs, or on it.
  void start(boost::asio::ip::tcp::acceptor acceptor);
  /// Takes no more connections and ends when those it has are done, or after the drain time.
  void drain();
  /// Cuts everything off.
  void abort();

  /// A connection ends.
  void gone(Connection& connection);

  const ServerOptions& options() const { return state_->options; }
  const Clock& clock() const { return state_->clock; }
  Handler& handler() { return handler_; }
  Observer& observer() { return observer_; }
  RequestIds& ids() { return ids_; }
  HttpDate& date() { return date_; }
  boost::asio::io_context& io() { return io_; }
  bool draining() const { return draining_; }
  /// Of anybody, for as long as it does not wait.
  std::span<char> scratch() { return scratch_; }

 private:
  Task<void> accept(std::shared_ptr<Worker> self);
  Task<void> watch(std::shared_ptr<Worker> self);
  void look_at_deadlines(SteadyInstant now);
  void admit(boost::asio::ip::tcp::socket socket);
  void admit_backlog();
  void turn_away(boost::asio::ip::tcp::socket socket);
  void finish();

  const std::shared_ptr<ServerState> state_;
  boost::asio::io_context& io_;
  Handler& handler_;
  Observer& observer_;
  RequestIds ids_;
  HttpDate date_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  const milliseconds round_;
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
  std::array<char, 16 * 1024> scratch_{};
  bool draining_ = false;
  bool aborted_ = false;
  bool finished_ = false;
  SteadyInstant give_up_at_ = SteadyInstant::max();
};

}  // namespace recant::http
