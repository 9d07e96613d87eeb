// Who calls, and may they? The one meaning of "valid" behind /v1/check and every bearer call.
// One a thread. A check never writes.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "service/failure.hpp"
#include "service/meter.hpp"
#include "verify/access_token.hpp"
#include "verify/revocation.hpp"

namespace recant::service {

class Check {
 public:
  Check(const verify::AccessTokenVerifier& verifier, verify::RevocationReader& reader,
        const Clock& clock, Meter& meter)
      : verifier_(verifier), reader_(reader), clock_(clock), meter_(meter) {}

  /// invalid_token, unavailable. Only the holder of a token whose signature is good is told
  /// `expired` or `revoked: <reason>`; any other learns nothing (no oracle).
  Task<Outcome<verify::VerifiedToken>> judge(std::string access_token);
  /// For calls about accounts and sessions of this server; also forbidden, for a foreign token.
  Task<Outcome<verify::OwnToken>> judge_own(std::string access_token);

  /// For logout: also an expired or revoked token says what is to end. invalid_token.
  Outcome<verify::VerifiedToken> identify(std::string_view access_token) const;

 private:
  Outcome<verify::VerifiedToken> verify(std::string_view access_token) const;

  const verify::AccessTokenVerifier& verifier_;
  verify::RevocationReader& reader_;
  const Clock& clock_;
  Meter& meter_;
};

/// insufficient_scope unless the token has each of the space-separated `needed`.
Result<void, Failure> require_scope(const verify::VerifiedToken& token, std::string_view needed);
/// forbidden unless the token is meant for `audience`.
Result<void, Failure> require_audience(const verify::VerifiedToken& token,
                                       std::string_view audience);

}  // namespace recant::service
