#include "service/check.hpp"

#include <utility>

#include "base/called_back.hpp"
#include "core/scope.hpp"

namespace recant::service {
namespace {

Failure invalid_token(std::string detail = {}) {
  return {FailureCode::invalid_token, std::move(detail)};
}

/// 403 and not 401: the token is good, so its holder must not be told to refresh it.
Outcome<verify::OwnToken> own(const verify::Identity& token) {
  auto ours = verify::OwnToken::from(token);
  if (ours) return *std::move(ours);
  return Failure{FailureCode::forbidden,
                 "This call takes tokens of this server only, not those of other issuers."};
}

Outcome<verify::Identity> outcome_of(verify::Judgement judgement) {
  switch (judgement.verdict) {
    case verify::Verdict::valid:
      return *std::move(judgement.identity);
    case verify::Verdict::invalid:
      return invalid_token(judgement.error == verify::TokenError::expired ? "expired" : "");
    case verify::Verdict::revoked:
      return invalid_token(judgement.revoked_why ? "revoked: " + judgement.revoked_why->text()
                                                 : "revoked");
    case verify::Verdict::unavailable:
      break;
  }
  return unavailable();
}

}  // namespace

std::optional<verify::Identity> Check::judge_known(std::string_view access_token) {
  auto known = judge_.check_cached(access_token);
  if (known) meter_.checked("valid", "", "cache");
  return known;
}

Task<Outcome<verify::Identity>> Check::judge(std::string access_token) {
  if (auto known = judge_known(access_token)) co_return *std::move(known);
  co_return co_await judge_unknown(std::move(access_token));
}

Task<Outcome<verify::Identity>> Check::judge_unknown(std::string access_token) {
  auto judgement = co_await ask(std::move(access_token));
  meter_.checked(name_of(judgement.verdict), judgement.cause(), name_of(judgement.source));
  co_return outcome_of(std::move(judgement));
}

/// Comes back on the caller's thread, whichever the judge answers on.
Task<verify::Judgement> Check::ask(std::string access_token) {
  auto start = [this, token = std::move(access_token)](verify::Answered answered) mutable {
    judge_.check(std::move(token), std::move(answered));
  };
  co_return co_await called_back<verify::Judgement>(start);
}

Task<Outcome<verify::OwnToken>> Check::judge_own(std::string access_token) {
  const auto token = co_await judge(std::move(access_token));
  if (!token) co_return token.error();
  co_return own(*token);
}

Outcome<verify::VerifiedToken> Check::identify(std::string_view access_token) const {
  auto token = verifier_.identify(access_token, clock_.wall());
  if (!token) return invalid_token();
  return *std::move(token);
}

Result<void, Failure> require_scope(const verify::Identity& token, std::string_view needed) {
  const auto missing = core::first_missing_scope(token.scope(), needed);
  if (!missing) return {};
  return Failure{FailureCode::insufficient_scope, "The token lacks the scope " + *missing + "."};
}

Result<void, Failure> require_audience(const verify::Identity& token, std::string_view audience) {
  if (token.is_for(audience)) return {};
  return Failure{FailureCode::forbidden, "The token is not meant for this audience."};
}

}  // namespace recant::service
