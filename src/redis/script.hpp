// Lua scripts: called by their SHA-1 (EVALSHA), sent in full only to a Redis that does not know
// them (a new one, or after SCRIPT FLUSH). NOSCRIPT is the one error reply after which something
// is tried again, because it says that nothing was run.
//
// Scripts are immutable: made once, shared freely between threads.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"
#include "redis/commander.hpp"

namespace recant::redis {

class Script {
 public:
  explicit Script(std::string source);

  const std::string& source() const { return source_; }
  /// SHA-1 of the source in hex: the name by which Redis's script cache knows it.
  const std::string& sha1() const { return sha1_; }

 private:
  std::string source_;
  std::string sha1_;
};

/// EVALSHA, and EVAL once if Redis does not know the script. What is passed outlives the task:
/// give keys and arguments names.
Task<Result<Reply, RedisError>> eval(Commander& redis, const Script& script,
                                     std::span<const std::string> keys,
                                     std::span<const std::string> arguments);

}  // namespace recant::redis
