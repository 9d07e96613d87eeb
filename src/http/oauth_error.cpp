#include "http/oauth_error.hpp"

#include <array>

#include "base/json.hpp"
#include "http/failure_problem.hpp"

namespace recant::http {
namespace {

struct Row {
  OAuthErrc code;
  std::string_view name;
  int status;
};

constexpr auto kTable = std::to_array<Row>({
    {OAuthErrc::invalid_request, "invalid_request", 400},
    {OAuthErrc::invalid_client, "invalid_client", 401},
    {OAuthErrc::invalid_grant, "invalid_grant", 400},
    {OAuthErrc::unauthorized_client, "unauthorized_client", 400},
    {OAuthErrc::unsupported_grant_type, "unsupported_grant_type", 400},
    {OAuthErrc::unsupported_token_type, "unsupported_token_type", 400},
    {OAuthErrc::invalid_token, "invalid_token", 401},
    {OAuthErrc::insufficient_scope, "insufficient_scope", 403},
    {OAuthErrc::temporarily_unavailable, "temporarily_unavailable", 503},
});

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return kTable.size() == static_cast<std::size_t>(OAuthErrc::temporarily_unavailable) + 1;
}
static_assert(in_order(), "kTable is indexed by OAuthErrc");

const Row& row(OAuthErrc code) { return kTable[static_cast<std::size_t>(code)]; }

/// What a code of ours is there; whatever is not named is a request that cannot be understood.
OAuthErrc code_of(Code code) {
  switch (code) {
    case Code::invalid_grant:
      return OAuthErrc::invalid_grant;
    case Code::no_jti:
      return OAuthErrc::unsupported_token_type;
    case Code::throttled:
    case Code::busy:
    case Code::unavailable:
      return OAuthErrc::temporarily_unavailable;
    default:
      return OAuthErrc::invalid_request;
  }
}

/// Statuses that tell a client of HTTP more than OAuth's 400 would.
bool is_https_own(int status) { return status == 405 || status == 413 || status == 429; }

std::string challenge_of(const OAuthError& error) {
  if (error.challenge == ClientChallenge::basic) return "Basic realm=\"recant\"";
  Problem problem{Code::invalid_token, error.description};
  problem.challenge = error.code == OAuthErrc::insufficient_scope ? Challenge::insufficient_scope
                                                                  : Challenge::invalid_token;
  problem.scope = error.scope;
  return challenge_value(problem);
}

}  // namespace

std::string_view name_of(OAuthErrc code) { return row(code).name; }

OAuthError to_oauth_error(const Problem& problem) {
  OAuthError error{code_of(problem.code), problem.detail};
  error.retry_after = problem.retry_after;
  if (const int status = status_of(problem.code); is_https_own(status)) error.status = status;
  return error;
}

OAuthError to_oauth_error(const service::Failure& failure) {
  return to_oauth_error(to_problem(failure));
}

Response to_response(const OAuthError& error) {
  const int status = error.status.value_or(row(error.code).status);
  Response response(status);
  const json::Object body{{"error", name_of(error.code)},
                          {"error_description", quotable(error.description)}};
  response.body("application/json", json::serialize(body));
  response.header("Cache-Control", "no-store");
  if (status == 401 || status == 403) response.header("WWW-Authenticate", challenge_of(error));
  if (status == 429 || status == 503) {
    response.header("Retry-After", std::to_string(error.retry_after.value_or(seconds{1}).count()));
  }
  return response;
}

}  // namespace recant::http
