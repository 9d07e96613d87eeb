// What lies between the text that a connection speaks and the bytes of its socket: nothing, or TLS.
// Without I/O.
//
// One a socket; one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "crypto/tls.hpp"

namespace recant::crypto {

class TlsWire {
 public:
  /// In the clear.
  TlsWire() = default;
  /// Under TLS with `host`. What it says first is in take_output().
  TlsWire(const TlsContext& context, const std::string& host);

  bool is_secured() const { return tls_ != nullptr; }
  /// May text be sent? Under TLS only once `host` has proved who it is.
  bool is_open() const { return !tls_ || tls_->state() == TlsSession::State::open; }
  /// Under TLS: whatever ended, or failed, to be asked what it was.
  const TlsSession* ended() const;

  /// Only while open.
  void send(std::string text);
  /// Takes what came from the socket; the text in it, which is good until the next call.
  std::string_view receive(std::string_view bytes);
  /// What the socket must be given next; after each of the calls above, and in their order.
  std::string take_output();

 private:
  void read();

  std::unique_ptr<TlsSession> tls_;
  std::string text_;    ///< under TLS: received
  std::string output_;  ///< in the clear: to be sent
};

}  // namespace recant::crypto
