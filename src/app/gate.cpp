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
  inner_.name_route(request);
  if (request.route.starts_with("/v1/check")) {
    meter_.checked("unavailable", service::kUnfitRedis, "local");
  }
  const http::Problem problem{http::Code::unavailable, readiness_.told_to_strangers()};
  co_return inner_.refuse(request, problem);
}

}  // namespace recant::app
