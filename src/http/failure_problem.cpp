#include "http/failure_problem.hpp"

namespace recant::http {
namespace {

Code code_of(service::FailureCode code) {
  using F = service::FailureCode;
  switch (code) {
    case F::invalid_request:
      return Code::invalid_request;
    case F::invalid_credentials:
      return Code::invalid_credentials;
    case F::invalid_token:
      return Code::invalid_token;
    case F::invalid_grant:
      return Code::invalid_grant;
    case F::insufficient_scope:
      return Code::insufficient_scope;
    case F::forbidden:
      return Code::forbidden;
    case F::wrong_password:
      return Code::wrong_password;
    case F::account_disabled:
      return Code::account_disabled;
    case F::not_found:
      return Code::not_found;
    case F::username_taken:
      return Code::username_taken;
    case F::name_taken:
      return Code::name_taken;
    case F::last_key:
      return Code::last_key;
    case F::session_limit:
      return Code::session_limit;
    case F::weak_password:
      return Code::weak_password;
    case F::invalid_claims:
      return Code::invalid_claims;
    case F::no_jti:
      return Code::no_jti;
    case F::throttled:
      return Code::throttled;
    case F::busy:
      return Code::busy;
    case F::unavailable:
      break;
  }
  return Code::unavailable;
}

}  // namespace

Problem to_problem(const service::Failure& failure) {
  Problem problem{code_of(failure.code), failure.detail, failure.reason};
  problem.retry_after = failure.retry_after;
  return problem;
}

Problem to_token_problem(const service::Failure& failure) {
  auto problem = to_problem(failure);
  if (problem.code != Code::invalid_token) return problem;
  problem.challenge = Challenge::invalid_token;
  // Nothing is told to whoever cannot show a good signature (security bar O13).
  if (problem.detail.empty()) problem.detail = "The token is not valid.";
  return problem;
}

}  // namespace recant::http
