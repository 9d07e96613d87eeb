// The address of something on the web: https://login.example.com/.well-known/jwks.json. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace recant::fetch {

struct WebUrl {
  bool tls = false;
  std::string host;  // a name or an IP address, without brackets
  std::uint16_t port = 80;
  std::string target = "/";  // path and query, percent-encoded; begins with a slash

  /// For the Host field (RFC 9112 §3.2): the port only where it is not the scheme's own.
  std::string authority() const;
  /// As it would be written: "https://[::1]:8443/keys".
  std::string to_string() const;
  /// Nothing on a network can come in between: 127.0.0.0/8, ::1 and `localhost` (RFC 6761 §6.3).
  bool is_loopback() const;
};

/// On failure what is wrong, to follow the words that name where the URL was given ("must begin
/// …"). Quotes nothing of the text, which may hold a password.
Result<WebUrl, std::string> parse_web_url(std::string_view text);

}  // namespace recant::fetch
