// Errors on the wire: RFC 9457 problem details, and the one place that knows which status an error
// has (contract §2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/response.hpp"

namespace recant::http {

/// `code` of the answer. The order is that of the table in problem.cpp.
enum class Code {
  invalid_request,
  invalid_credentials,
  invalid_token,
  invalid_grant,
  insufficient_scope,
  forbidden,
  wrong_password,
  account_disabled,
  csrf,
  not_found,
  method_not_allowed,
  username_taken,
  name_taken,
  last_key,
  session_limit,
  payload_too_large,
  unsupported_media_type,
  weak_password,
  invalid_claims,
  no_jti,
  throttled,
  busy,
  unavailable,
};

std::string_view name_of(Code code);
int status_of(Code code);

/// The WWW-Authenticate of an answer (RFC 6750 §3). A 401 always has one.
enum class Challenge {
  bare,                // no credentials were sent, or they were no token: clients do not refresh
  invalid_token,       // a token was sent and is not good: clients refresh
  insufficient_scope,  // a good token that does not reach this far; `scope` says what would
};

struct Problem {
  Code code;
  /// One sentence for the caller: what was wrong and what to do. Never a secret.
  std::string detail;
  /// The contract's `reason`, where there is one.
  std::string reason{};
  Challenge challenge = Challenge::bare;
  /// For insufficient_scope: the scopes that are needed, space-separated.
  std::string scope{};
  /// For 429 and 503, which always carry Retry-After; one second unless said otherwise.
  std::optional<seconds> retry_after{};
};

Response to_response(const Problem& problem);
/// To a gateway, which understands 401, 403 and 503 alone: any other error is a 401 for it
/// (security bar O47).
Response to_gateway_response(const Problem& problem);

/// As error_description and scope may be written (RFC 6749 §5.2, RFC 6750 §3): 200 characters of
/// visible ASCII and space at most, and no quote, which would end the string.
std::string quotable(std::string_view text);

/// The value of WWW-Authenticate.
std::string challenge_value(const Problem& problem);

}  // namespace recant::http
