// A connection's bytes: over TCP as they are, or through TLS.
//
// Plain connections read straight from socket(), so that TLS costs them nothing; all else is the
// same call for both. Lives on its worker's thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/task.hpp"
#include "crypto/tls.hpp"

namespace recant::http {

class Transport {
 public:
  /// Non-blocking. With a context, the first bytes that come must be a TLS client's; until they
  /// do, a connection holds no more than a plain one.
  Transport(boost::asio::ip::tcp::socket socket, const std::optional<crypto::TlsContext>& context);

  bool plain() const { return !context_; }
  bool in_handshake() const {
    return context_ && (!tls_ || tls_->state() == crypto::TlsSession::State::handshake);
  }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

  struct Received {
    boost::system::error_code ec;
    std::size_t count = 0;
  };
  /// Through TLS, into `room`. A count of 0 without an error: the handshake is done. `scratch` is
  /// used in between, never while it waits. Where a client spoke HTTP in the clear the error is
  /// `no_protocol_option`, and from then on the transport is plain, so that it can be told.
  Task<Received> read_secured(std::span<char> room, std::span<char> scratch);
  /// What went wrong with TLS; empty while nothing did.
  std::string_view failure() const;

  /// True when all of it was taken at once, which is the rule; else `rest` becomes what was not.
  bool send_now(std::string_view& rest, boost::system::error_code& ec);
  /// Of what send_now left.
  Task<bool> send_rest(std::string_view rest);

  /// Bytes have come that nobody has read.
  bool bytes_wait();
  /// Tells the client that nothing more comes.
  void end_sending(boost::system::error_code& ec);

 private:
  Task<boost::system::error_code> flush();
  boost::system::error_code accept_first(char byte);

  boost::asio::ip::tcp::socket socket_;
  std::optional<crypto::TlsContext> context_;
  std::unique_ptr<crypto::TlsSession> tls_;  // from the first byte on
  bool sending_ = false;                     // its output must stay where it is
};

}  // namespace recant::http
