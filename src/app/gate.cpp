#include "app/gate.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "http/wire_oauth.hpp"

namespace recant::app {
namespace {

constexpr std::array<std::string_view, 4> kAlways = {"/healthz", "/readyz", "/metrics",
                                                     "/.well-known/jwks.json"};

/// What says the same whatever Redis is; of an issuer with a path, metadata has it behind.
bool is_let_through(std::string_view path) {
  return std::ranges::find(kAlways, path) != kAlways.end() || path.starts_with(http::kMetadataPath);
}

}  // namespace

Task<http::Response> Gate::handle(http::Request& request) {
  if (readiness_.fit() || is_let_through(request.path)) return inner_.handle(request);
  return turn_away(request);
}

Task<http::Response> Gate::turn_away(http::Request& request) {
  inner_.name_route(request);
  // A preflight asks nothing of Redis, and without its answer a page would not be shown the 503.
  if (request.method == "OPTIONS" && request.route.empty()) {
    co_return co_await inner_.handle(request);
  }
  if (request.route.starts_with("/v1/check") || request.route == "/oauth2/introspect") {
    meter_.checked("unavailable", service::kUnfitRedis, "local");
  }
  const http::Problem problem{http::Code::unavailable, readiness_.told_to_strangers()};
  co_return inner_.refuse(request, problem);
}

}  // namespace recant::app
