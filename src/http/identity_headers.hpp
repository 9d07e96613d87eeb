// The header fields in which a 200 of /v1/check tells a gateway who calls, and their names.
#pragma once

#include <span>
#include <string>

#include "base/result.hpp"

namespace recant::http {

/// In words that follow "must".
struct IdentityHeadersMistake {
  std::string must;
};

struct IdentityHeaders {
  std::string subject = "X-Auth-Subject";
  std::string session = "X-Auth-Session";
  std::string scope = "X-Auth-Scope";
  std::string expires = "X-Auth-Expires";

  /// From entries like `subject=X-User`; what none of them names keeps its name. A mistake is what
  /// check() says of one of them, or a name that stands twice.
  static Result<IdentityHeaders, IdentityHeadersMistake> parse(
      std::span<const std::string> entries);
  /// Is one entry right by itself? Not with a name that is no field name (RFC 9110 §5.1), or that
  /// already means something to gateways, browsers or this server.
  static Result<void, IdentityHeadersMistake> check(const std::string& entry);
};

}  // namespace recant::http
