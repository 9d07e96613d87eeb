// The address of a server as a person gives it to a command: http://127.0.0.1:8080,
// https://login.example.com/recant. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace recant::http {

struct ServerUrl {
  bool tls = false;
  std::string host;  // a name or an IP address, without brackets
  std::uint16_t port = 80;
  std::string base;  // what stands before every path; empty or "/…", never ending in a slash

  /// As it would be written: "https://[::1]:8443/recant".
  std::string to_string() const;
  /// For the Host field (RFC 9112 §3.2): the port only where it is not the scheme's own.
  std::string authority() const;
};

/// On failure what is wrong, to follow the words that name where the URL was given ("must begin
/// …"). Quotes nothing of the text, which may hold a password.
Result<ServerUrl, std::string> parse_server_url(std::string_view text);

/// For one segment of a path, or one value in a query: all but RFC 3986's unreserved as %XX.
std::string encode_segment(std::string_view text);

}  // namespace recant::http
