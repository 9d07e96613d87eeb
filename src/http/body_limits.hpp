// What the JSON body of a call may hold. A client looks at it before it asks.
#pragma once

#include "base/json.hpp"

namespace recant::http {

constexpr json::Limits kBodyLimits{.string_bytes = 16 * 1024};  // tokens

}  // namespace recant::http
