// The two cookies of cookie mode (contract §2): `__Host-recant_at` holds the access token,
// `__Host-recant_rt` the refresh token. HttpOnly keeps them from scripts, `__Host-` from every
// other host, SameSite=Strict from requests that other sites begin (RFC 6265bis §4.1, §5.4).
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "service/tokens.hpp"

namespace recant::http {

/// As sent; empty where there is none. Views into the request.
struct Cookies {
  std::string_view access;
  std::string_view refresh;

  bool any() const { return !access.empty() || !refresh.empty(); }
};

/// invalid_request for one of ours that stands twice or is not one token. What else stands in a
/// Cookie field is other people's and is passed over, whatever its form. Names are compared to the
/// letter: browsers guard no other spelling of the prefix.
Result<Cookies, Problem> cookies_of(const Request& request);

/// Name and value of a cookie; browsers drop a larger one without a word (RFC 6265bis §5.6).
inline constexpr std::size_t kCookieMaxBytes = 4096;
bool fit_in_cookies(const service::Tokens& tokens);

/// Each for as long as its token is good. The tokens must fit.
void set_cookies(Response& response, const service::Tokens& tokens);
void clear_cookies(Response& response);

}  // namespace recant::http
