// Who called, when reverse proxies stand in between: each proxy appends the address it was called
// from to X-Forwarded-For, so the client is the right-most entry that is not a proxy of ours
// (contract §4, `server.trusted_proxies`). What stands left of it is the client's own invention.
#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "http/headers.hpp"

namespace recant::http {

/// Immutable once made; thread-safe. Without entries nobody is believed.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Addresses and networks (`10.0.0.0/8`, `::1`), but for that of everybody; the error is a
  /// sentence that names the bad one.
  static Result<TrustedProxies, std::string> parse(std::span<const std::string> entries);

  bool trusts(const boost::asio::ip::address& address) const;
  /// An entry that is not an address ends the walk: the client is the last one known before it.
  boost::asio::ip::address client_of(const boost::asio::ip::address& peer,
                                     const Headers& headers) const;

 private:
  struct Network {
    std::array<std::uint8_t, 16> bytes{};  // IPv4 as ::ffff:a.b.c.d
    unsigned prefix_bits = 128;
  };
  std::vector<Network> networks_;
};

}  // namespace recant::http
