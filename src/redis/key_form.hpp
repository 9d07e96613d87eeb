// Keys are spelled with or without hash tags (redis.hash_tags), and a revocation that stands under
// one name is not found under the other. So a Redis is held to the form that its keys are in, and
// they are given their other names as a whole or not at all (docs/adr/0010).
//
// On one thread, like the connection it uses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"
#include "redis/commander.hpp"
#include "redis/keys.hpp"

namespace recant::redis {

class KeyForm {
 public:
  /// `redis` outlives it. `keys` are spelled in the form that is asked for.
  KeyForm(Commander& redis, Keys keys) : redis_(redis), keys_(std::move(keys)) {}

  enum class State {
    ours,
    other,        ///< the keys of this Redis are spelled in the other form
    half_way,     ///< a conversion was interrupted, and nobody may use this Redis
    to_be_given,  ///< only if `may_convert`: convert() comes next
  };
  /// Claims a Redis that holds nothing for our form.
  Task<Result<State, RedisError>> claim(bool may_convert);

  /// Renames every key of a subject's, and says so when none is left; how many there were. No
  /// server may use this Redis meanwhile; verifiers are told by the policy, from claim() on, that
  /// they know nothing. Fails where another has begun to convert them back, and leaves it so.
  Task<Result<std::int64_t, RedisError>> convert();

 private:
  /// What stands then, as the script says it.
  Task<Result<std::string, RedisError>> take_step(std::string_view step);
  Task<Result<std::string, RedisError>> convert_some(std::string cursor, std::int64_t& converted);

  Commander& redis_;
  const Keys keys_;
};

}  // namespace recant::redis
