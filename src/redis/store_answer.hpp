// What the store makes of Redis's answers: whatever is not as promised is StoreUnavailable.
// Stateless, thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redis/commander.hpp"
#include "service/session_store.hpp"

namespace recant::redis {

inline service::StoreUnavailable unexpected(std::string_view what) {
  return {"Redis answered " + std::string(what) + " in a form that is not expected"};
}

inline service::StoreUnavailable unavailable(const RedisError& error) {
  return {std::string(name(error.code)) + ": " + error.detail};
}

/// As many replies as questions; an error among them is the whole answer. `questions` outlive the
/// task.
Task<service::Stored<std::vector<Reply>>> ask(Commander& redis, std::span<const Command> questions);

}  // namespace recant::redis
