// Which pages of other origins may read the answers of which calls (CORS, Fetch §3.2): those of
// `server.origins`, for the calls of people and the public keys. With no origin listed there is no
// trace of it in any answer, and a preflight is a method that the path does not take.
//
// Immutable once made; thread-safe.
#pragma once

#include <optional>
#include <span>

#include "http/origins.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"

namespace recant::http {

class Cors {
 public:
  /// `for_pages`: the calls that pages make. With `credentials`, browsers send their cookies along
  /// and let the page read what comes of it.
  Cors(Origins origins, bool credentials, std::span<const Endpoint> for_pages);

  /// The answer to a preflight that may be answered with yes.
  std::optional<Response> preflight(const Request& request) const;
  /// Lets the page that asked read the answer, if it is one that may.
  void allow(const Request& request, Response& response) const;

 private:
  bool may_read(const Request& request) const;

  const Origins origins_;
  const bool credentials_;
  const Router for_pages_;
};

}  // namespace recant::http
