// One client's connection: reads a request, has it answered, writes, and again. Requests that were
// sent ahead (pipelining) are answered one after the other, in order.
//
// Deadlines cost nothing per request: each phase notes when it must be over, and the worker's round
// asks every connection (tick). Lives on its worker's thread; kept alive by its own coroutine.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/request_parser.hpp"
#include "http/response.hpp"
#include "http/transport.hpp"

namespace recant::http {

class Worker;

class Connection : public std::enable_shared_from_this<Connection>,
                   public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// With a context it speaks TLS.
  Connection(std::shared_ptr<Worker> worker, boost::asio::ip::tcp::socket socket,
             const std::optional<crypto::TlsContext>& context);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  void tick(SteadyInstant now);
  /// Closes if nothing is in flight; otherwise the answer in flight is the last.
  void drain();
  void abort();

 private:
  enum class Phase {
    handshake,  // of TLS
    idle,       // between requests, and before the first
    head,       // part of a header has come
    body,       // the header has come
    handling,   // the handler has it
    writing,    // the client does not take the answer at once
    lingering,  // answered; what the client still sends is read away
    closed,
  };

  Task<void> serve(std::shared_ptr<Connection> self);
  Task<void> answer_late(std::shared_ptr<Connection> self);
  Task<bool> receive();
  Task<void> respond();
  Response tell_of_throw(std::string_view what);
  Task<bool> send_rest(std::string_view rest);
  Task<void> linger();

  /// Between requests: nobody is waiting for an answer.
  bool resting() const { return phase_ == Phase::idle || phase_ == Phase::handshake; }
  void enter(Phase phase, SteadyInstant now);
  void note_progress();
  void refuse_slowness();
  void identify(Request& request);
  void frame(const Response& response);
  void tell_failure();
  void abandon_handler(SteadyInstant now);
  void close();

  const std::shared_ptr<Worker> worker_;
  Transport transport_;
  boost::asio::cancellation_signal cancel_;
  RequestParser parser_;
  std::string out_;
  SteadyInstant deadline_;
  Phase phase_ = Phase::idle;
  bool keep_open_ = true;
  bool timed_out_ = false;  // while reading
  bool abandoned_ = false;  // the handler was too late; somebody else has answered
};

}  // namespace recant::http
