#include "redis/script.hpp"

#include <utility>

#include "crypto/sha1.hpp"

namespace recant::redis {
namespace {

Command make_call(std::string_view name, std::string_view script, std::span<const std::string> keys,
                  std::span<const std::string> arguments) {
  Command command(name, script, keys.size());
  command.add_all(keys).add_all(arguments);
  return command;
}

}  // namespace

Script::Script(std::string source) : source_(std::move(source)), sha1_(crypto::sha1_hex(source_)) {}

Task<Result<Reply, RedisError>> eval(Commander& redis, const Script& script,
                                     std::span<const std::string> keys,
                                     std::span<const std::string> arguments) {
  const Command by_name = make_call("EVALSHA", script.sha1(), keys, arguments);
  auto reply = co_await redis.run(by_name);
  if (!reply && reply.error().code == RedisErrc::noscript) {
    const Command in_full = make_call("EVAL", script.source(), keys, arguments);
    reply = co_await redis.run(in_full);
  }
  co_return reply;
}

}  // namespace recant::redis
