// What the user that Redis knows us by must be allowed, and what of it is denied. The list is held
// against docs/security.md by tests/redis/rights_test.cpp, and that against what is really sent by
// tests/e2e/redis_access_e2e.py.
//
// Stateless, thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "redis/commander.hpp"
#include "redis/keys.hpp"

namespace recant::redis {

/// Which commands it needs depends on what it is set to do.
struct ServerDoes {
  bool foreign_writers = false;  ///< `redis.foreign_writers`
};

/// Every command that the server sends and that its scripts call, as an ACL grants it: "+zadd".
std::vector<std::string> server_commands(ServerDoes does = {});
/// What covers all of its keys, as an ACL grants it: "~app:blacklist:*".
std::vector<std::string> server_keys(const Keys& keys);

/// Which of these are denied. Asks Redis, and changes nothing. A Redis that denies scripts answers
/// with an error.
Task<Result<std::vector<std::string>, RedisError>> missing_rights(Commander& redis, Keys keys,
                                                                  ServerDoes does = {});

/// What to do about it, to follow "Redis denies our user …": empty `rights` are those to run
/// scripts at all.
std::string remedy_for(const std::vector<std::string>& rights, const std::string& user);

}  // namespace recant::redis
