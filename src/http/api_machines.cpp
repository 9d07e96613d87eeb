// The calls of gateways and operators.
#include "http/api.hpp"
#include "http/credentials.hpp"
#include "http/failure_problem.hpp"
#include "http/query.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

struct Question {
  std::string scope;  // space-separated, all of them are needed
  std::optional<std::string> audience;
};

/// Nothing when it is not clear what is asked.
std::optional<Question> question_of(const Request& request) {
  Question question;
  if (!request.query) return question;
  const Query query(request);
  if (query.malformed() || query.count("scope") > 1 || query.count("audience") > 1) {
    return std::nullopt;
  }
  if (const auto* scope = query.find("scope")) question.scope = *scope;
  if (const auto* audience = query.find("audience")) question.audience = *audience;
  return question;
}

/// Of a good token.
Response answer_of(const verify::Identity& token, const Question& question,
                   const IdentityHeaders& names) {
  if (question.audience) {
    const auto meant = service::require_audience(token, *question.audience);
    if (!meant) return to_response(to_problem(meant.error()));
  }
  const auto enough = service::require_scope(token, question.scope);
  if (!enough) {
    auto problem = to_problem(enough.error());
    problem.challenge = Challenge::insufficient_scope;
    problem.scope = question.scope;
    return to_response(problem);
  }
  return identity_response(token, names);
}

}  // namespace

Task<Response> Api::check(Call& call) {
  const auto given = token_to_check(call.request);
  if (!given) co_return to_gateway_response(given.error());
  const auto question = question_of(call.request);
  if (!question) {
    const Problem problem{Code::invalid_request, "scope and audience stand once, percent-encoded."};
    co_return to_gateway_response(problem);
  }
  if (const auto known = services_.check.judge_known(*given)) {
    co_return answer_of(*known, *question, identity_headers_);
  }
  std::string text(*given);
  const auto token = co_await services_.check.judge_unknown(std::move(text));
  if (!token) co_return to_response(to_token_problem(token.error()));
  co_return answer_of(*token, *question, identity_headers_);
}

Task<Response> Api::jwks(Call&) {
  Response response(200);
  response.body("application/json", services_.keys.jwks());
  // A new key is published for longer than this before it is used.
  response.header("Cache-Control",
                  "public, max-age=" + std::to_string(service::kJwksMaxAge.count()));
  co_return response;
}

Task<Response> Api::healthz(Call&) { co_return json_response(200, {{"status", "alive"}}); }

Task<Response> Api::readyz(Call&) {
  const auto faults = co_await operations_.faults();
  if (faults.empty()) {
    json::Object ready{{"status", "ready"}};
    json::Array warnings;
    for (const auto& warning : operations_.warnings()) warnings.emplace_back(warning);
    if (!warnings.empty()) ready.set("warnings", std::move(warnings));
    co_return json_response(200, std::move(ready));
  }
  Problem problem{Code::unavailable, {}};
  for (const auto& fault : faults) problem.detail += (problem.detail.empty() ? "" : " ") + fault;
  co_return to_response(problem);
}

Task<Response> Api::metrics(Call&) {
  Response response(200);
  auto text = co_await operations_.metrics();
  response.body("text/plain; version=0.0.4; charset=utf-8", std::move(text));
  co_return response;
}

}  // namespace recant::http
