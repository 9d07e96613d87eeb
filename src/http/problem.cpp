#include "http/problem.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.hpp"

namespace recant::http {
namespace {

struct Row {
  Code code;
  std::string_view name;
  int status;
};

/// Contract §2.
constexpr auto kTable = std::to_array<Row>({
    {Code::invalid_request, "invalid_request", 400},
    {Code::invalid_credentials, "invalid_credentials", 401},
    {Code::invalid_token, "invalid_token", 401},
    {Code::invalid_grant, "invalid_grant", 401},
    {Code::insufficient_scope, "insufficient_scope", 403},
    {Code::forbidden, "forbidden", 403},
    {Code::wrong_password, "wrong_password", 403},
    {Code::account_disabled, "account_disabled", 403},
    {Code::csrf, "csrf", 403},
    {Code::not_found, "not_found", 404},
    {Code::method_not_allowed, "method_not_allowed", 405},
    {Code::username_taken, "username_taken", 409},
    {Code::name_taken, "name_taken", 409},
    {Code::last_key, "last_key", 409},
    {Code::session_limit, "session_limit", 409},
    {Code::payload_too_large, "payload_too_large", 413},
    {Code::unsupported_media_type, "unsupported_media_type", 415},
    {Code::weak_password, "weak_password", 422},
    {Code::invalid_claims, "invalid_claims", 422},
    {Code::no_jti, "no_jti", 422},
    {Code::throttled, "throttled", 429},
    {Code::busy, "busy", 503},
    {Code::unavailable, "unavailable", 503},
});

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return kTable.size() == static_cast<std::size_t>(Code::unavailable) + 1;
}
static_assert(in_order(), "kTable is indexed by Code");

const Row& row(Code code) { return kTable[static_cast<std::size_t>(code)]; }

}  // namespace

std::string quotable(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string out(text.substr(0, longest));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e || c == '"' || c == '\\'; },
      '\'');
  return out;
}

std::string_view name_of(Code code) { return row(code).name; }
int status_of(Code code) { return row(code).status; }

std::string challenge_value(const Problem& problem) {
  std::string value = "Bearer realm=\"recant\"";
  switch (problem.challenge) {
    case Challenge::bare:
      break;
    case Challenge::invalid_token:
      value += ", error=\"invalid_token\", error_description=\"" + quotable(problem.detail) + '"';
      break;
    case Challenge::insufficient_scope:
      value += ", error=\"insufficient_scope\", scope=\"" + quotable(problem.scope) + '"';
      break;
  }
  return value;
}

Response to_response(const Problem& problem) {
  const int status = status_of(problem.code);
  json::Object body{{"status", status},
                    {"title", reason_phrase(status)},
                    {"code", name_of(problem.code)},
                    {"detail", problem.detail}};
  if (!problem.reason.empty()) body.set("reason", problem.reason);

  Response response(status);
  response.body("application/problem+json", json::serialize(body));
  // An error says how things stand now; no cache may answer with it later.
  response.header("Cache-Control", "no-store");
  if (status == 401 || problem.code == Code::insufficient_scope) {
    response.header("WWW-Authenticate", challenge_value(problem));
  }
  if (status == 429 || status == 503) {
    response.header("Retry-After",
                    std::to_string(problem.retry_after.value_or(seconds{1}).count()));
  }
  return response;
}

Response to_gateway_response(const Problem& problem) {
  const int status = status_of(problem.code);
  const bool understood = status == 401 || status == 403 || status == 503;
  return to_response(understood ? problem : Problem{Code::invalid_token, problem.detail});
}

}  // namespace recant::http
