#include "http/api.hpp"

#include <array>
#include <span>
#include <utility>

#include "http/credentials.hpp"
#include "http/failure_problem.hpp"
#include "http/wire_requests.hpp"

namespace recant::http {

std::span<const Api::Route> Api::routes() {
  using enum Auth;
  using enum service::AdminScope;
  static constexpr auto table = std::to_array<Route>({
      {{"POST", "/v1/users"}, none, &Api::sign_up, {}, true},
      {{"POST", "/v1/login"}, none, &Api::login, {}, true},
      {{"POST", "/v1/refresh"}, none, &Api::refresh},
      {{"POST", "/v1/logout"}, none, &Api::logout},
      {{"POST", "/v1/logout-all"}, bearer, &Api::logout_all},
      {{"GET", "/v1/me"}, bearer, &Api::me},
      {{"GET", "/v1/sessions"}, bearer, &Api::list_sessions},
      {{"DELETE", "/v1/sessions/{sid}"}, bearer, &Api::end_session},
      {{"POST", "/v1/password"}, bearer, &Api::change_password, {}, true},

      {{"*", "/v1/check"}, gateway, &Api::check},
      {{"*", "/v1/check/*"}, gateway, &Api::check},

      {{"GET", "/v1/admin/users"}, admin, &Api::list_users, users, true},
      {{"POST", "/v1/admin/users"}, admin, &Api::create_user, users, true},
      {{"POST", "/v1/admin/import"}, admin, &Api::import_users, users, true},
      {{"GET", "/v1/admin/users/{user}"}, admin, &Api::get_user, users, true},
      {{"DELETE", "/v1/admin/users/{user}"}, admin, &Api::delete_user, users, true},
      {{"POST", "/v1/admin/users/{user}/disable"}, admin, &Api::disable_user, users, true},
      {{"POST", "/v1/admin/users/{user}/enable"}, admin, &Api::enable_user, users, true},
      {{"POST", "/v1/admin/users/{user}/password"}, admin, &Api::set_password, users, true},
      {{"GET", "/v1/admin/users/{user}/sessions"}, admin, &Api::list_user_sessions, sessions},
      {{"POST", "/v1/admin/sessions"}, admin, &Api::open_session, sessions},
      {{"POST", "/v1/admin/revocations"}, admin, &Api::revoke, service::AdminScope::revoke},
      {{"GET", "/v1/admin/keys"}, admin, &Api::list_keys, keys},
      {{"POST", "/v1/admin/keys/rotate"}, admin, &Api::rotate_keys, keys},
      {{"GET", "/v1/admin/admin-keys"}, admin, &Api::list_admin_keys, keys},
      {{"POST", "/v1/admin/admin-keys"}, admin, &Api::add_admin_key, keys},
      {{"DELETE", "/v1/admin/admin-keys/{name}"}, admin, &Api::remove_admin_key, keys},

      {{"POST", "/oauth2/introspect"}, none, &Api::oauth_introspect},
      {{"POST", "/oauth2/revoke"}, none, &Api::oauth_revoke},
      {{"POST", "/oauth2/token"}, none, &Api::oauth_token},
      {{"GET", "/.well-known/oauth-authorization-server"}, none, &Api::oauth_metadata},
      {{"GET", "/.well-known/oauth-authorization-server/*"}, none, &Api::oauth_metadata},
      {{"GET", "/.well-known/jwks.json"}, none, &Api::jwks},
      {{"GET", "/healthz"}, operators, &Api::healthz},
      {{"GET", "/readyz"}, operators, &Api::readyz},
      {{"GET", "/metrics"}, operators, &Api::metrics},
  });
  return table;
}

namespace {

bool is_check(std::string_view path) {
  return path == "/v1/check" || path.starts_with("/v1/check/");
}

/// These have a form of errors of their own.
bool is_oauth(std::string_view path) { return path.starts_with("/oauth2/"); }

/// OAuth's clients are servers and apps of their own, not pages.
bool is_for_oauth_clients(std::string_view path) {
  return is_oauth(path) || path.starts_with(kMetadataPath);
}

Response no_accounts() {
  return to_response({Code::not_found, "There are no accounts here (accounts.enabled is off)."});
}

}  // namespace

std::vector<const Api::Route*> Api::routes_of(Calls calls) {
  std::vector<const Route*> chosen;
  for (const auto& route : routes()) {
    const bool operators = route.auth == Auth::operators;
    if (calls == Calls::all || operators == (calls == Calls::operators)) chosen.push_back(&route);
  }
  return chosen;
}

Api::Api(Services services, Operations& operations, ApiOptions options)
    : services_(services),
      operations_(operations),
      calls_(options.calls),
      identity_headers_(std::move(options.identity_headers)),
      oauth_(std::move(options.oauth)),
      cookies_(options.cookies),
      origins_(std::move(options.origins)),
      routes_(routes_of(calls_)),
      router_([this] {
        std::vector<Endpoint> endpoints;
        for (const auto* route : routes_) endpoints.push_back(route->endpoint);
        return Router(endpoints);
      }()),
      cors_(origins_, cookies_, endpoints_for_pages()) {}

/// People's calls and the public keys. What gateways, administrators, operators and OAuth's clients
/// ask is not for pages.
std::vector<Endpoint> Api::endpoints_for_pages() const {
  std::vector<Endpoint> endpoints;
  for (const auto* route : routes_) {
    const bool is_off = route->accounts && !services_.accounts.policy().enabled;
    const bool for_pages = (route->auth == Auth::none || route->auth == Auth::bearer) &&
                           !is_for_oauth_clients(route->endpoint.pattern);
    if (for_pages && !is_off) endpoints.push_back(route->endpoint);
  }
  return endpoints;
}

Task<Response> Api::handle(Request& request) {
  Response response;
  const Route* const route = find_route(request, response);
  if (route != nullptr) response = co_await dispatch(*route, request);
  dress(request, response);
  co_return response;
}

/// What is said to browsers, whatever the answer is.
void Api::dress(const Request& request, Response& response) const {
  cors_.allow(request, response);
  const bool logs_out = request.method == "POST" && request.path == "/v1/logout";
  if (cookies_ && logs_out && sender_of(request) == Sender::our_page) clear_cookies(response);
}

const Api::Route* Api::find_route(Request& request, Response& otherwise) {
  if (auto allowed = cors_.preflight(request)) {
    otherwise = *std::move(allowed);
    return nullptr;
  }
  auto match = router_.match(request.method, request.path);
  switch (match.kind) {
    case Router::Match::Kind::not_found:
      otherwise = not_found(request);
      return nullptr;
    case Router::Match::Kind::method_not_allowed:
      otherwise = method_not_allowed(request, match.allow);
      return nullptr;
    case Router::Match::Kind::found:
      break;
  }
  const Route* const route = routes_[match.index];
  request.route = route->endpoint.pattern;
  request.params = std::move(match.params);
  return route;
}

Task<Response> Api::dispatch(const Route& route, Request& request) {
  Call call{request};
  std::optional<Problem> problem;
  if (route.auth != Auth::gateway) call.caller = caller_of(request);
  const bool is_off = route.accounts && !services_.accounts.policy().enabled;
  if (is_off && route.auth != Auth::admin) co_return no_accounts();
  if (route.auth == Auth::bearer) problem = co_await admit_bearer(call);
  if (route.auth == Auth::admin) problem = admit_admin(call, route.scope);
  if (problem) co_return to_response(*problem);
  if (is_off) co_return no_accounts();
  auto response = co_await (this->*route.handler)(call);
  if (route.auth == Auth::admin) {
    services_.events.administered(call.caller, {request.method, request.route, response.status()});
  }
  co_return response;
}

Task<std::optional<Problem>> Api::admit_bearer(Call& call) {
  const auto given = credentials_of(call.request, cookies_);
  if (!given) co_return given.error();
  const auto& cookies = given->cookies;
  const bool reads = call.request.method == "GET" || call.request.method == "HEAD";
  if (!reads) {
    auto problem = fault_in_sender(call.request, cookies);
    if (problem) co_return problem;
  }
  if (!cookies.refresh.empty() && cookies.access.empty()) co_return no_access_cookie();
  std::string text(cookies.any() ? cookies.access : given->bearer);
  if (text.empty()) co_return no_token();
  auto judged = co_await services_.check.judge_own(std::move(text));
  if (!judged) co_return to_token_problem(judged.error());
  call.token = *std::move(judged);
  co_return std::nullopt;
}

/// Without a scope, any key will do.
std::optional<Problem> Api::admit_admin(Call& call, std::optional<service::AdminScope> scope) {
  const auto presented = bearer_of(call.request);
  const auto* key = presented && !presented->empty() ? services_.admin.find(*presented) : nullptr;
  if (key != nullptr && (!scope || key->allows(*scope))) {
    call.caller.actor = key->name;
    call.admin = *key;
    return std::nullopt;
  }
  record_denied(call, key);
  if (!presented) return presented.error();
  if (presented->empty()) return no_token();
  if (key != nullptr) return Problem{Code::forbidden, "This admin key lacks the scope for it."};
  Problem problem{Code::invalid_token, "This is not an admin key."};
  problem.challenge = Challenge::invalid_token;
  return problem;
}

void Api::record_denied(const Call& call, const service::AdminKey* key) {
  const service::EventFields fields{.actor = key == nullptr ? std::string_view{} : key->name,
                                    .detail = call.request.route};
  services_.events.record(service::Event::admin_denied, call.caller, fields);
}

/// Strangers do not learn what there is under /v1/admin/.
std::optional<Problem> Api::admit_to_look(Request& request) {
  if (calls_ == Calls::operators || !request.path.starts_with("/v1/admin/")) return std::nullopt;
  Call call{request, {}, caller_of(request)};
  return admit_admin(call, std::nullopt);
}

Response Api::not_found(Request& request) {
  if (const auto problem = admit_to_look(request)) return to_response(*problem);
  return to_response({Code::not_found, "There is nothing at this path."});
}

Response Api::method_not_allowed(Request& request, const std::string& allow) {
  if (const auto problem = admit_to_look(request)) return to_response(*problem);
  const Problem problem{Code::method_not_allowed,
                        "This path takes " + allow + " and no other method."};
  return refusal(request, problem).header("Allow", allow);
}

void Api::name_route(Request& request) {
  const auto match = router_.match(request.method, request.path);
  if (match.kind == Router::Match::Kind::found) {
    request.route = routes_[match.index]->endpoint.pattern;
  }
}

Response Api::refuse(const Request& request, const Problem& problem) {
  auto response = refusal(request, problem);
  dress(request, response);
  return response;
}

Response Api::refusal(const Request& request, const Problem& problem) const {
  if (is_check(request.path)) return to_gateway_response(problem);
  if (is_oauth(request.path)) return to_response(to_oauth_error(problem));
  return to_response(problem);
}

}  // namespace recant::http
