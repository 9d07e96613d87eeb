// User agents as records keep them: browsers say nearly the same hundred bytes each, so the
// stretches that they share are written as one control byte (docs/redis-keys.md has the table).
// That is a sixth of a session's memory.
//
// Stateless, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace recant::redis {

/// Control bytes of the original, which no header field may hold, become `?`.
std::string pack_user_agent(std::string_view text);
/// What was packed; text without control bytes is itself.
std::string unpack_user_agent(std::string_view packed);

}  // namespace recant::redis
