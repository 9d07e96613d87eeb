#include "api.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/json/src.hpp>  // in one file of the program, and no library of Boost is needed
#include <optional>
#include <string>
#include <string_view>

#include "check.hpp"

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
using recant::Checked;
using recant::Verdict;

Response status(http::status code) {
  Response response;
  response.result(code);
  return response;
}

Response challenge(http::status code, const std::string& what) {
  auto response = status(code);
  response.set(http::field::www_authenticate, what);
  return response;
}

Response document(const json::value& value) {
  auto response = status(http::status::ok);
  response.set(http::field::content_type, "application/json");
  response.set(http::field::cache_control, "no-store");
  response.body() = json::serialize(value);
  return response;
}

Response whoami(const Checked& checked) {
  return document({{"subject", checked.subject()}, {"session", checked.session()}});
}

Response orders(const Checked&) { return document({{"orders", json::array()}}); }

struct Route {
  std::string_view path;
  std::string_view scope;  // one word that the token must have; empty: none
  Response (*handle)(const Checked&);
};

constexpr std::array kRoutes{Route{"/whoami", "", whoami}, Route{"/orders", "orders:read", orders}};

const Route* route_of(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  const auto* found = std::ranges::find(kRoutes, path, &Route::path);
  return found == kRoutes.end() ? nullptr : found;
}

/// What stands behind "Bearer", in whatever case that is written; nothing in another scheme.
std::optional<std::string_view> bearer_of(std::string_view credentials) {
  const auto scheme = credentials.substr(0, credentials.find(' '));
  if (!beast::iequals(scheme, "Bearer")) return std::nullopt;
  const auto token = credentials.find_first_not_of(' ', scheme.size());
  return token == credentials.npos ? std::string_view() : credentials.substr(token);
}

/// Whoever is not let in; nothing for whoever is. Why not is told to nobody.
std::optional<Response> refusal_of(const Checked& checked, std::string_view scope) {
  if (checked.verdict() == Verdict::unavailable) {
    auto response = status(http::status::service_unavailable);
    response.set(http::field::retry_after, "1");
    return response;
  }
  if (!checked.is_valid()) {
    return challenge(http::status::unauthorized, R"(Bearer error="invalid_token")");
  }
  if (!scope.empty() && !checked.has_scope(scope)) {
    const auto what = R"(Bearer error="insufficient_scope", scope=")" + std::string(scope) + '"';
    return challenge(http::status::forbidden, what);
  }
  return std::nullopt;
}

}  // namespace

boost::asio::awaitable<Response> answer(recant::Verifier& verifier, const Request& request) {
  const auto* route = route_of(request.target());
  if (route == nullptr) co_return status(http::status::not_found);
  if (request.method() != http::verb::get) {
    auto response = status(http::status::method_not_allowed);
    response.set(http::field::allow, "GET");
    co_return response;
  }
  // Of two credentials nobody knows which one counts.
  if (request.count(http::field::authorization) > 1) {
    co_return challenge(http::status::bad_request, R"(Bearer error="invalid_request")");
  }
  const auto token = bearer_of(request[http::field::authorization]);
  if (!token) co_return challenge(http::status::unauthorized, "Bearer");

  const Checked checked = co_await check(verifier, *token);
  if (auto refusal = refusal_of(checked, route->scope)) co_return *std::move(refusal);
  co_return route->handle(checked);
}
