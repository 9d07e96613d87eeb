// HTTP/1.1 for one thread: a coroutine takes connections, and each connection has one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cstdint>
#include <recant/verifier.hpp>
#include <set>

/// Not thread-safe: belongs to the thread that runs `io`.
class Server {
 public:
  /// Listens on 127.0.0.1, where whatever speaks TLS to the world finds it, and serves as long as
  /// `io` runs. Both must outlive it. Throws boost::system::system_error when it cannot listen.
  Server(boost::asio::io_context& io, std::uint16_t port, recant::Verifier& verifier);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Takes no more connections nor requests. What is being answered is answered, and then nothing
  /// of this is left in `io`.
  void stop();

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

  recant::Verifier& verifier_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::set<boost::beast::tcp_stream*> reading_;  // those that wait for a request
};
