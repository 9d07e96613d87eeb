// Why a use case said no. The codes are the contract's (§2); http/problem alone knows their
// statuses.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace recant::service {

enum class FailureCode {
  invalid_request,      // the call cannot be understood
  invalid_credentials,  // wrong name or password, and never which of them
  invalid_token,        // no proof of who calls
  invalid_grant,        // a refresh token that is not good; `reason` says why
  insufficient_scope,   // the token is good, but not for this
  forbidden,            // an admin key without the scope, or signup while it is off
  wrong_password,       // the old password of a password change
  account_disabled,     // told only after the right password
  not_found,
  username_taken,
  session_limit,  // one more session is denied (session.on_limit)
  name_taken,     // an admin key of this name exists
  last_key,       // without this one nobody could manage keys any more
  weak_password,
  invalid_claims,  // a claim of ours, or one that no token can carry
  no_jti,          // a token without a jti cannot be revoked alone
  throttled,       // too many; `retry_after` says when
  busy,            // the hash queue is full
  unavailable,     // Redis or the database cannot be asked: unknown, so no
};

struct Failure {
  FailureCode code;
  /// One sentence for the caller: what was wrong and what to do. Never holds a secret.
  std::string detail;
  /// `reason` of the answer, where the contract names one (`expired`, `reused`, …).
  std::string reason{};
  std::optional<seconds> retry_after{};
};

template <class T>
using Outcome = Result<T, Failure>;

inline Failure unavailable(
    std::string detail = "A part of the service cannot be reached. Try again.") {
  return {FailureCode::unavailable, std::move(detail), {}, seconds{1}};
}

}  // namespace recant::service
