#include "redis/policy_store.hpp"

#include <array>
#include <vector>

#include "redis/redis_time.hpp"
#include "redis/scripts.hpp"
#include "redis/store_answer.hpp"

namespace recant::redis {

Task<Result<StandingPolicy, RedisError>> publish_policy(Commander& redis, const Keys& keys,
                                                        const core::Policy& policy, bool replace) {
  const std::vector<std::string> names{keys.policy(), keys.form()};
  const std::vector<std::string> arguments{policy.text(), replace ? "1" : "0"};
  const auto reply = co_await eval(redis, Scripts::embedded().publish_policy, names, arguments);
  if (!reply) co_return reply.error();
  const auto elements = reply->elements();
  const auto text = elements.size() == 2 ? elements[0].text() : std::nullopt;
  const auto before = elements.size() == 2 ? elements[1].text() : std::nullopt;
  if (!text || !before) co_return RedisError{RedisErrc::unexpected_reply, "publish_policy"};
  co_return StandingPolicy{std::string(*text), core::Policy::parse(*text), std::string(*before)};
}

Task<service::Stored<std::optional<milliseconds>>> PublishedLeases::largest() {
  const std::array questions{Command("GET", keys_.policy()), Command("TIME")};
  const auto replies = co_await ask(redis_, questions);
  if (!replies) co_return replies.error();
  const auto now = parse_time((*replies)[1]);
  if (!now) co_return unexpected("TIME");
  const auto text = (*replies)[0].text();
  const auto policy = text ? core::Policy::parse(*text) : std::nullopt;
  if (!policy || !policy->max_staleness) co_return std::optional<milliseconds>();
  co_return std::optional(policy->largest_lease(*now));
}

}  // namespace recant::redis
