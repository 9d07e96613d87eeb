#include "http/cors.hpp"

#include <utility>

namespace recant::http {

Cors::Cors(Origins origins, bool credentials, std::span<const Endpoint> for_pages)
    : origins_(std::move(origins)), credentials_(credentials), for_pages_(for_pages) {}

bool Cors::may_read(const Request& request) const {
  const auto origin = request.headers.only("Origin");
  return origin && origins_.contains(*origin);
}

std::optional<Response> Cors::preflight(const Request& request) const {
  if (request.method != "OPTIONS" || !request.headers.only("Access-Control-Request-Method") ||
      !may_read(request)) {
    return std::nullopt;
  }
  const auto match = for_pages_.match(request.method, request.path);
  if (match.kind != Router::Match::Kind::method_not_allowed) return std::nullopt;
  Response response(204);
  response.header("Access-Control-Allow-Methods", match.allow)
      .header("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Request-Id")
      // So that an origin that is taken off the list is refused soon.
      .header("Access-Control-Max-Age", "600");
  return response;
}

void Cors::allow(const Request& request, Response& response) const {
  if (origins_.empty()) return;
  if (for_pages_.match(request.method, request.path).kind == Router::Match::Kind::not_found) return;
  // Also for who may not: a cache must not hand that answer to who may.
  response.header("Vary", "Origin");
  if (!may_read(request)) return;
  response.header("Access-Control-Allow-Origin", *request.headers.only("Origin"))
      .header("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After, X-Request-Id");
  if (credentials_) response.header("Access-Control-Allow-Credentials", "true");
}

}  // namespace recant::http
