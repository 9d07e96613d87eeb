#include "redis/commander.hpp"

#include <utility>

namespace recant::redis {

// Not coroutines themselves: they encode before they return, so that a command need not outlive
// the call.
Task<Result<Reply, RedisError>> Commander::run(const Command& command) {
  std::string bytes;
  command.encode_to(bytes);
  return run_one(std::move(bytes));
}

Task<Result<std::vector<Reply>, RedisError>> Commander::run_all(std::span<const Command> commands) {
  std::string bytes;
  for (const Command& command : commands) command.encode_to(bytes);
  return exchange(std::move(bytes), commands.size());
}

Task<Result<Reply, RedisError>> Commander::run_one(std::string bytes) {
  auto replies = co_await exchange(std::move(bytes), 1);
  if (!replies) co_return std::move(replies).error();
  Reply reply = std::move(replies->front());
  if (reply.is_error()) co_return reply.error();
  co_return reply;
}

}  // namespace recant::redis
