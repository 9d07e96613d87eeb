#include "redis/store_answer.hpp"

#include <utility>

namespace recant::redis {

Task<service::Stored<std::vector<Reply>>> ask(Commander& redis,
                                              std::span<const Command> questions) {
  auto replies = co_await redis.run_all(questions);
  if (!replies) co_return unavailable(replies.error());
  if (replies->size() != questions.size()) co_return unexpected("several questions");
  for (const Reply& reply : *replies) {
    if (reply.is_error()) co_return unavailable(reply.error());
  }
  co_return *std::move(replies);
}

}  // namespace recant::redis
