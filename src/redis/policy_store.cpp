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
  const auto text = elements.size() == 2 ? elements[0].text() : std::nullopt;
  const auto before = elements.size() == 2 ? elements[1].text() : std::nullopt;
  if (!text || !before) co_return RedisError{RedisErrc::unexpected_reply, "publish_policy"};
  co_return StandingPolicy{std::string(*text), core::Policy::parse(*text), std::string(*before)};
}

}  // namespace recant::redis
