// The token that a request carries (RFC 6750 §2.1): in one Authorization field, and nowhere else.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"

namespace recant::http {

/// Empty when there is none, which includes another scheme. invalid_request for two of them, for
/// one in the query (where logs and referrers would keep it) and for one that is not a single word.
Result<std::string_view, Problem> bearer_of(const Request& request);

/// What a call that needs a token answers when there is none.
Problem no_token();

}  // namespace recant::http
