// Where a Redis is and who we are to it, and `redis.url`, which says both:
//
//   redis://[user[:password]@]host[:port][/db]        unix:///path/to/socket[?db=N]
//   rediss://…, likewise: the same under TLS
//
// Values; safe to share between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace recant::redis {

inline constexpr std::uint16_t kDefaultPort = 6379;

struct TcpAddress {
  std::string host;  ///< a name or a literal address; IPv6 without brackets
  std::uint16_t port = kDefaultPort;
  bool operator==(const TcpAddress&) const = default;
};
struct UnixAddress {
  std::string path;
  bool operator==(const UnixAddress&) const = default;
};
using Address = std::variant<TcpAddress, UnixAddress>;

/// For messages: `host:port` or the socket's path; never a user or a password.
std::string to_string(const Address& address);

/// PEM files, by path, that a connection under TLS is secured with. They are read when the
/// connection is made, so that renewed ones count from the next.
struct TlsFiles {
  std::string ca;    ///< whose signature makes a server believed; empty: the system's authorities
  std::string cert;  ///< shown to a server that asks who we are; empty: nothing
  std::string key;   ///< of `cert`, without a passphrase
  bool operator==(const TlsFiles&) const = default;
};

struct Target {
  Address address;
  std::optional<TlsFiles> tls;  ///< none: in the clear
  std::string user;             ///< empty: Redis's `default` user
  SecretString password;        ///< empty: no authentication
  std::uint32_t db = 0;
};

/// Does the password cross a network unencrypted? A socket file and this machine's own addresses
/// are no network.
bool exposes_password(const Target& target);

/// On failure one sentence that names what is wrong and what to write instead. It never holds a
/// password, nor any part of a URL that could be one.
Result<Target, std::string> parse_url(std::string_view url);

}  // namespace recant::redis
