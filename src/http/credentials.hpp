// The token that a request carries: in one Authorization field (RFC 6750 §2.1), or in cookie mode
// in a cookie, and nowhere else.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "http/cookies.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"

namespace recant::http {

/// b64token, RFC 6750 §2.1: what a token of any kind is written in.
bool is_token_word(std::string_view text);

/// Empty when there is none, which includes another scheme. invalid_request for two of them, for
/// one in the query (where logs and referrers would keep it) and for one that is not a single word.
Result<std::string_view, Problem> bearer_of(const Request& request);

/// Of one kind or the other, never of both.
struct Credentials {
  std::string_view bearer;  // empty: none
  Cookies cookies;
};
/// As bearer_of; in cookie mode also invalid_request for cookies that are not sound, or that stand
/// beside an Authorization of any scheme.
Result<Credentials, Problem> credentials_of(const Request& request, bool cookie_mode);

/// What a call that needs a token answers when there is none.
Problem no_token();
/// The same where a cookie is left that a new one can be had for.
Problem no_access_cookie();

}  // namespace recant::http
