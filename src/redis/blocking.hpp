// One command on a connection of its own, waited for: for the moments in which there is no event
// loop yet (is our own redis-server up?) and for tests. Never on an I/O thread.
//
// Thread-safe (no state).
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "redis/command.hpp"
#include "redis/reply.hpp"
#include "redis/url.hpp"

namespace recant::redis {

/// Connects, sends, waits at most `limit` for the whole reply (an error reply is a value), closes.
/// Speaks RESP2, as a connection without HELLO does; no authentication.
Result<Reply, RedisError> ask_blocking(const Address& address, const Command& command,
                                       milliseconds limit);

}  // namespace recant::redis
