// Errors of the calls under /oauth2, in OAuth's own form (RFC 6749 §5.2; RFC 7009 §2.2.1; RFC 6750
// §3 where the caller showed an admin key as a bearer token), and the one place that knows which
// status each has. Everywhere else an error is a Problem.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"
#include "service/failure.hpp"

namespace recant::http {

/// The order is that of the table in oauth_error.cpp.
enum class OAuthErrc {
  invalid_request,          // it cannot be understood
  invalid_client,           // nobody's credentials, or none
  invalid_grant,            // a refresh token that is not good
  unauthorized_client,      // who asks may not, or the token is another client's
  unsupported_grant_type,   // another than refresh_token
  unsupported_token_type,   // a token that cannot be taken back alone
  invalid_token,            // the bearer token is no admin key
  insufficient_scope,       // the bearer token is an admin key that lacks the scope
  temporarily_unavailable,  // not known, or not done: ask again
};

std::string_view name_of(OAuthErrc code);

/// Of a 401 or 403: how its receiver may authenticate.
enum class ClientChallenge { basic, bearer };

struct OAuthError {
  OAuthErrc code;
  /// One sentence; never a secret.
  std::string description;
  ClientChallenge challenge = ClientChallenge::basic;
  /// For insufficient_scope.
  std::string scope{};
  std::optional<seconds> retry_after{};
  /// Where HTTP has a word of its own for it (405, 413, 429), else that of the code.
  std::optional<int> status{};
};

/// What the server itself or a use case says, in OAuth's words.
OAuthError to_oauth_error(const Problem& problem);
OAuthError to_oauth_error(const service::Failure& failure);

Response to_response(const OAuthError& error);

}  // namespace recant::http
