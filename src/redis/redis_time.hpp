// The clock of Redis. Stateless, thread-safe.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "redis/reply.hpp"

namespace recant::redis {

/// The answer to `TIME`; nothing if it is none.
std::optional<UnixMillis> parse_time(const Reply& reply);

}  // namespace recant::redis
