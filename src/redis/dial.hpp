// Opens the socket to a Redis: TCP (all addresses of the name in turn; without Nagle's delay, with
// keepalive) or Unix. What is spoken over it, in the clear or under TLS, is TlsWire's.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <optional>
#include <string>

#include "base/task.hpp"
#include "redis/url.hpp"

namespace recant::redis {

using Socket = boost::asio::generic::stream_protocol::socket;

struct Dialled {
  std::optional<Socket> socket;
  std::string why_not;  ///< if there is none
};

/// May be cancelled; sets no time limit itself.
Task<Dialled> dial(Address address);

}  // namespace recant::redis
