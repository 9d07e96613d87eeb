// Who calls, and may they? The one meaning of "valid" behind /v1/check and every bearer call.
// One a thread. A check never writes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "service/failure.hpp"
#include "service/meter.hpp"
#include "verify/access_token.hpp"
#include "verify/own_token.hpp"
#include "verify/token_judge.hpp"

namespace recant::service {

class Check {
 public:
  /// `verifier` for identify().
  Check(verify::TokenJudge& judge, const verify::AccessTokenVerifier& verifier, const Clock& clock,
        Meter& meter)
      : judge_(judge), verifier_(verifier), clock_(clock), meter_(meter) {}

  /// invalid_token, unavailable. Only the holder of a token whose signature is good is told
  /// `expired` or `revoked: <reason>`; any other learns nothing (no oracle).
  Task<Outcome<verify::Identity>> judge(std::string access_token);
  /// Its two halves: what is known by now, without waiting, or else nothing; and what is not.
  std::optional<verify::Identity> judge_known(std::string_view access_token);
  Task<Outcome<verify::Identity>> judge_unknown(std::string access_token);
  /// For calls about accounts and sessions of this server; also forbidden, for a foreign token.
  Task<Outcome<verify::OwnToken>> judge_own(std::string access_token);

  /// For logout, and to read the claims of a token that was judged: also an expired or revoked
  /// token says what is to end. invalid_token.
  Outcome<verify::VerifiedToken> identify(std::string_view access_token) const;

 private:
  Task<verify::Judgement> ask(std::string access_token);

  verify::TokenJudge& judge_;
  const verify::AccessTokenVerifier& verifier_;
  const Clock& clock_;
  Meter& meter_;
};

/// insufficient_scope unless the token has each of the space-separated `needed`.
Result<void, Failure> require_scope(const verify::Identity& token, std::string_view needed);
/// forbidden unless the token is meant for `audience`.
Result<void, Failure> require_audience(const verify::Identity& token, std::string_view audience);

}  // namespace recant::service
