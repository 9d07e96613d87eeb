// Bytes to a server and back, each wait bounded by a deadline. Private to the client.
//
// Blocks; not thread-safe.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/client.hpp"

namespace recant::http {

class ClientWire {
 public:
  struct Options {
    ServerUrl server;
    std::optional<crypto::TlsContext> tls;
    milliseconds connect_timeout;
    std::function<void()> on_wait;  // called about every 100 ms of a wait
  };
  explicit ClientWire(Options options);
  ClientWire(const ClientWire&) = delete;
  ClientWire& operator=(const ClientWire&) = delete;

  /// Every address of the name in turn, and TLS on the first that takes us.
  Result<void, ClientFault> open();
  void close();
  /// Is it open, and has the other side left it so?
  bool usable();

  using Fault = ClientFault::Kind;  // broken or late
  struct Failure {
    Fault kind;
    std::string why;
  };
  Result<void, Failure> send(std::string_view bytes, SteadyInstant deadline);
  /// At least one byte; 0 is the end.
  Result<std::size_t, Failure> receive(std::span<char> into, SteadyInstant deadline);

 private:
  using Tcp = boost::asio::ip::tcp;
  /// Starts an operation and waits for its handler; nothing when the deadline passed first.
  template <class Start>
  boost::system::error_code wait(SteadyInstant deadline, Start start);
  Failure failure_of(boost::system::error_code error) const;

  Result<void, ClientFault> connect(SteadyInstant deadline);
  Result<void, ClientFault> shake_hands(SteadyInstant deadline);
  bool take_what_came();
  Result<void, Failure> send_raw(std::string_view bytes, SteadyInstant deadline);
  Result<std::size_t, Failure> receive_raw(std::span<char> into, SteadyInstant deadline);
  /// What TLS itself has to say.
  Result<void, Failure> send_output(SteadyInstant deadline);

  const Options options_;
  boost::asio::io_context io_{1};
  Tcp::socket socket_{io_};
  std::unique_ptr<crypto::TlsSession> tls_;  // while open, of https
};

}  // namespace recant::http
