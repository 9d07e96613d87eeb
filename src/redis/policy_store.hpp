// The policy as it stands in Redis: written by whoever serves, changed only on purpose
// (docs/adr/0011).
//
// Stateless; belongs to the thread of the Commander that it is given.
#pragma once

#include <optional>
#include <string>

#include "core/policy.hpp"
#include "redis/commander.hpp"
#include "redis/keys.hpp"

namespace recant::redis {

struct StandingPolicy {
  std::string text;                    // as it stands; empty for what is no text
  std::optional<core::Policy> policy;  // nothing for one that is not known here
  std::string before{};                // what stood until then; empty for nothing, or no text
};

/// Writes `policy` where none stands, over whatever stands with `replace`, and tells what stands
/// then. What is passed outlives the task.
Task<Result<StandingPolicy, RedisError>> publish_policy(Commander& redis, const Keys& keys,
                                                        const core::Policy& policy, bool replace);

}  // namespace recant::redis
