#include "redis/script.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client.hpp"
#include "testing/redis_server.hpp"
#include "testing/scripted_redis.hpp"

namespace recant::redis {
namespace {

using testing::RedisServer;
using testing::Say;
using testing::ScriptedRedis;

Result<Reply, RedisError> eval_on(Client& client, const Script& script,
                                  const std::vector<std::string>& keys,
                                  const std::vector<std::string>& arguments) {
  return testing::run(client.io, eval(client.connection, script, keys, arguments));
}

// FIPS 180-4's example "abc", in the spelling EVALSHA takes.
TEST(Script, IsNamedByTheSha1OfItsSource) {
  EXPECT_EQ(Script("abc").sha1(), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

const Script kAdd("return redis.call('INCRBY', KEYS[1], ARGV[1])");

TEST(Script, R35_AScriptThatRedisDoesNotKnowIsSentInFullOnce) {
  RedisServer server;
  Client client(server.target(), patient());
  const auto add_five = [&] {
    const auto reply = eval_on(client, kAdd, {"n"}, {"5"});
    return reply ? reply->integer() : std::nullopt;
  };
  EXPECT_EQ(add_five(), 5);
  EXPECT_EQ(add_five(), 10);
  server.run("SCRIPT", "FLUSH");
  EXPECT_EQ(add_five(), 15);
  const Reply stats = server.run("INFO", "commandstats");
  EXPECT_NE(stats.text()->find("cmdstat_eval:calls=2,"), std::string_view::npos);
  EXPECT_NE(stats.text()->find("cmdstat_evalsha:calls=3,"), std::string_view::npos);
}

TEST(Script, R35_NoscriptTwiceIsAnError) {
  const std::string noscript = "-NOSCRIPT No matching script. Please use EVAL.\r\n";
  ScriptedRedis server({{Say{testing::kHelloReply}, Say{noscript}, Say{noscript}, Say{":1\r\n"}}});
  Client client(server.target(), patient());
  const auto reply = eval_on(client, kAdd, {"n"}, {"5"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, RedisErrc::noscript);
  EXPECT_EQ(server.commands(0).size(), 3u);
}

}  // namespace
}  // namespace recant::redis
