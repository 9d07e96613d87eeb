#include "service/check.hpp"

#include <algorithm>

#include "core/scope.hpp"

namespace recant::service {
namespace {

Failure invalid_token(std::string detail = {}) {
  return {FailureCode::invalid_token, std::move(detail)};
}

/// 403 and not 401: the token is good, so its holder must not be told to refresh it.
Outcome<verify::OwnToken> own(verify::VerifiedToken token) {
  auto ours = verify::OwnToken::from(std::move(token));
  if (ours) return *std::move(ours);
  return Failure{FailureCode::forbidden,
                 "This call takes tokens of this server only, not those of other issuers."};
}

}  // namespace

Outcome<verify::VerifiedToken> Check::verify(std::string_view access_token) const {
  auto token = verifier_.verify(access_token, clock_.wall());
  if (token) return *std::move(token);
  meter_.checked("invalid", verify::name_of(token.error()), "local");
  return invalid_token(token.error() == verify::TokenError::expired ? "expired" : "");
}

Task<Outcome<verify::VerifiedToken>> Check::judge(std::string access_token) {
  auto token = verify(access_token);
  if (!token) co_return token.error();
  const auto answers = co_await reader_.ask(*token);
  if (!answers) {
    meter_.checked("unavailable", kSilentRedis, "redis");
    co_return unavailable();
  }
  const auto revoked = verify::decide_revoked(*token, *answers);
  if (!revoked) {
    meter_.checked("unavailable", kUnknownPolicy, "redis");
    co_return unavailable();
  }
  if (!*revoked) {
    meter_.checked("valid", "", "redis");
    co_return *std::move(token);
  }
  meter_.checked("revoked", verify::name_of(**revoked), "redis");
  const auto reason = co_await reader_.read_reason(**revoked, *token);
  // That it is revoked is known; why, only if Redis still answers.
  co_return invalid_token(reason ? "revoked: " + reason->text() : "revoked");
}

Task<Outcome<verify::OwnToken>> Check::judge_own(std::string access_token) {
  auto token = co_await judge(std::move(access_token));
  if (!token) co_return token.error();
  co_return own(*std::move(token));
}

Outcome<verify::VerifiedToken> Check::identify(std::string_view access_token) const {
  auto token = verifier_.identify(access_token, clock_.wall());
  if (!token) return invalid_token();
  return *std::move(token);
}

Result<void, Failure> require_scope(const verify::VerifiedToken& token, std::string_view needed) {
  const auto missing = core::first_missing_scope(token.scope(), needed);
  if (!missing) return {};
  return Failure{FailureCode::insufficient_scope, "The token lacks the scope " + *missing + "."};
}

Result<void, Failure> require_audience(const verify::VerifiedToken& token,
                                       std::string_view audience) {
  const auto& all = token.audience();
  if (std::find(all.begin(), all.end(), audience) != all.end()) return {};
  return Failure{FailureCode::forbidden, "The token is not meant for this audience."};
}

}  // namespace recant::service
