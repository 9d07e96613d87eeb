// What the server allows, and for how long it waits. Every bound exists so that no client can hold
// memory or a connection for longer than the operator agreed to.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.hpp"
#include "http/client_address.hpp"

namespace recant::http {

/// Sizes, in bytes of what is received.
struct MessageLimits {
  /// Request line and all fields. More is 400. At least 1 KiB, at most 1 MiB.
  std::size_t header_bytes = 16 * 1024;
  /// Fields of one request. More is 400.
  std::size_t header_fields = 100;
  /// Body, chunked or not. More is 413, said before the body is read where its length is announced.
  std::size_t body_bytes = 64 * 1024;
};

/// Times. They are looked at every quarter of the shortest of them, at least each 250 ms, so that
/// no timer is armed for a request.
struct TimeLimits {
  /// From a TLS connection's beginning until its handshake is done.
  milliseconds handshake{10'000};
  /// From a connection's or a request's first byte until its header is complete (slow headers).
  milliseconds header{10'000};
  /// From there until the body is complete.
  milliseconds body{10'000};
  /// Between two requests of one connection.
  milliseconds idle{60'000};
  /// A handler's time; after it the client is told 503 `unavailable` and the connection closed. The
  /// handler itself is not torn down in the middle of what it does: it ends in its own time. More
  /// than a revocation takes that waits for every verifier (core::kLargestStaleness and 1 %).
  milliseconds handler{15'000};
  /// Until the client has taken an answer.
  milliseconds write{10'000};
  /// For how long, after a refusal, what the client still sends is read away, so that it sees the
  /// answer rather than a reset (RFC 9112 §9.6).
  milliseconds linger{1'000};
  /// How long a graceful stop waits for what is in flight.
  milliseconds drain{10'000};
};

struct ServerOptions {
  /// An IP address and a port; port 0 lets the system choose.
  std::string address = "127.0.0.1";
  unsigned short port = 8080;
  /// What the operator calls this setting; named in the message when the port is taken.
  std::string setting = "server.listen";
  MessageLimits messages{};
  TimeLimits times{};
  /// Over all threads. One more is answered 503 and closed. Idle ones cost little: 10,000 of them
  /// leave room for those that ask.
  std::size_t max_connections = 16'384;
  /// Whose X-Forwarded-For is believed.
  TrustedProxies trusted_proxies{};
};

}  // namespace recant::http
