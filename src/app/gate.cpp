#include "app/gate.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace recant::app {
namespace {

constexpr std::array<std::string_view, 4> kAlways = {"/healthz", "/readyz", "/metrics",
                                                     "/.well-known/jwks.json"};

}  // namespace

Task<http::Response> Gate::handle(http::Request& request) {
  if (readiness_.fit() || std::ranges::find(kAlways, request.path) != kAlways.end()) {
    co_return co_await inner_.handle(request);
  }
  const http::Problem problem{http::Code::unavailable, "This server waits for its Redis."};
  co_return inner_.refuse(request, problem);
}

}  // namespace recant::app
