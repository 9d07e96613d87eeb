#include "redis/policy_store.hpp"

#include <vector>

#include "redis/scripts.hpp"

namespace recant::redis {

Task<Result<StandingPolicy, RedisError>> publish_policy(Commander& redis, const Keys& keys,
                                                        const core::Policy& policy, bool replace) {
  const std::vector<std::string> names{keys.policy()};
  const std::vector<std::string> arguments{policy.text(), replace ? "1" : "0"};
  const auto reply = co_await eval(redis, Scripts::embedded().publish_policy, names, arguments);
  if (!reply) co_return reply.error();
  const auto elements = reply->elements();
  const auto text = elements.size() == 1 ? elements.front().text() : std::nullopt;
  if (!text) co_return RedisError{RedisErrc::unexpected_reply, "publish_policy"};
  co_return StandingPolicy{std::string(*text), core::Policy::parse(*text)};
}

}  // namespace recant::redis
