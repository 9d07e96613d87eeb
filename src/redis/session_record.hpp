// The session record as it is read for people: HGETALL of `session:user:<sub>:<sid>`
// (docs/redis-keys.md lists the fields; redis/scripts writes them). Stateless, thread-safe.
#pragma once

#include <optional>

#include "redis/reply.hpp"
#include "service/session_store.hpp"

namespace recant::redis {

/// Nothing when no record of ours stands there.
std::optional<service::SessionEntry> parse_session_record(const Uuid& sid, const Reply& record);

}  // namespace recant::redis
