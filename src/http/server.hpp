// The HTTP/1.1 server: one port, a listener and a Worker for each thread.
//
//   Server server(options, clock, random, {{io, handler, observer}, …});
//   const auto endpoint = server.start();   // or one sentence that says why not
//   …the caller runs the io_contexts, one thread each…
//   server.drain();                         // first signal: finish what is in flight
//   server.abort();                         // second signal: at once
//   server.wait();                          // then stop the io_contexts
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "crypto/tls.hpp"
#include "http/handler.hpp"
#include "http/options.hpp"

namespace recant::http {

class Worker;
struct ServerState;

/// A thread's event loop and what is called on it. Several servers may share them (ops_listen).
struct ThreadPart {
  boost::asio::io_context& io;
  Handler& handler;
  Observer& observer;
};

/// start, drain, abort and wait may be called from any thread; start once. What is passed in must
/// outlive the server, and handlers outlive their io_contexts' last run.
class Server {
 public:
  Server(ServerOptions options, const Clock& clock, RandomSource& random,
         const std::vector<ThreadPart>& threads);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Connections from now on are secured with it; those that there are keep what they have. Before
  /// start(), and again whenever a certificate was renewed. Never called: plain HTTP.
  void secure(const crypto::TlsContext& context);

  /// Listens; the answer holds the port that was bound.
  Result<boost::asio::ip::tcp::endpoint, std::string> start();

  /// Graceful: takes no more connections, closes idle ones, answers what is in flight with
  /// `Connection: close`; bounded by TimeLimits::drain.
  void drain();
  void abort();
  /// Until every thread's share has ended after drain or abort. Not from an I/O thread.
  void wait();

 private:
  const std::shared_ptr<ServerState> state_;
  std::vector<std::shared_ptr<Worker>> workers_;
};

}  // namespace recant::http
