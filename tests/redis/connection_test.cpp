// The connection on a real redis-server, through what happens to servers; and on a scripted one for
// what a real one does not say.
#include "redis/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <string>
#include <vector>

#include "client.hpp"
#include "redis/inspection.hpp"
#include "testing/printers.hpp"
#include "testing/redis_server.hpp"
#include "testing/run.hpp"
#include "testing/scripted_redis.hpp"

namespace recant::redis {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::RedisServer;
using testing::Say;
using testing::SayAndClose;
using testing::ScriptedRedis;

Task<std::vector<std::int64_t>> increment_together(Connection& redis) {
  using namespace asio::experimental::awaitable_operators;
  const Command increment("INCR", "n");
  auto [a, b, c] = co_await (redis.run(increment) && redis.run(increment) && redis.run(increment));
  co_return std::vector{a->integer().value(), b->integer().value(), c->integer().value()};
}

TEST(Connection, AnswersConcurrentCommandsInOrder) {
  RedisServer server;
  Client client(server.target(), patient());
  EXPECT_EQ(testing::run(client.io, increment_together(client.connection)),
            (std::vector<std::int64_t>{1, 2, 3}));
}

/// Of the server, including the one that read this question. Asked on the connection itself,
/// because the end of any other counts as a read too.
std::int64_t reads_processed(Client& client) {
  const auto reply = client.run("INFO", "stats");
  const std::string stats(reply->text().value());
  const std::string name = "total_reads_processed:";
  return std::stoll(stats.substr(stats.find(name) + name.size()));
}

TEST(Connection, WhatIsAskedInOneTurnGoesOutInOneWrite) {
  RedisServer server;
  Client client(server.target(), patient());
  const std::int64_t before = reads_processed(client);
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    asio::co_spawn(client.io, client.connection.run(Command("INCR", "n")),
                   [&](const std::exception_ptr&, const Result<Reply, RedisError>& reply) {
                     answered += reply && reply->integer() == answered + 1 ? 1 : 0;
                   });
  }
  client.run("PING");
  EXPECT_EQ(answered, 100);
  // One read for 100 INCR and a PING, and one for the question how many there were.
  EXPECT_EQ(reads_processed(client) - before, 2);
}

TEST(Connection, WorksOverTcpAndNamesItself) {
  RedisServer server({}, RedisServer::Listen::tcp);
  Client client(server.target(), patient());
  EXPECT_EQ(client.run("CLIENT", "GETNAME")->text(), "recant");
  EXPECT_EQ(client.run("PING")->text(), "PONG");
}

TEST(Connection, SelectsAndAuthenticates) {
  RedisServer server({"user alice on >s3cret ~* &* +@all"});
  auto target = std::make_shared<Target>();
  target->address = server.address();
  target->user = "alice";
  target->password = SecretString("s3cret");
  target->db = 5;
  Client client(target, patient());
  EXPECT_EQ(client.run("ACL", "WHOAMI")->text(), "alice");
  EXPECT_NE(client.run("CLIENT", "INFO")->text()->find(" db=5 "), std::string_view::npos);
}

TEST(Connection, AWrongPasswordIsNamedAndNotRepeated) {
  RedisServer server({"user alice on >s3cret ~* &* +@all"});
  auto target = std::make_shared<Target>();
  target->address = server.address();
  target->user = "alice";
  target->password = SecretString("wr0ng");
  Client client(target);
  const auto reply = client.run("PING");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, RedisErrc::not_connected);
  EXPECT_NE(reply.error().detail.find("refuses the user name or password"), std::string::npos);
  EXPECT_EQ(reply.error().detail.find("wr0ng"), std::string::npos);
}

TEST(Connection, RunsABatchAndGivesEachItsReply) {
  RedisServer server;
  Client client(server.target(), patient());
  const std::vector<Command> batch = {Command("SET", "k", "v"), Command("INCR", "k"),
                                      Command("GET", "k")};
  const auto replies = testing::run(client.io, client.connection.run_all(batch));
  ASSERT_TRUE(replies);
  ASSERT_EQ(replies->size(), 3u);
  EXPECT_TRUE((*replies)[0].is_ok());
  EXPECT_TRUE((*replies)[1].is_error());
  EXPECT_EQ((*replies)[2].text(), "v");
  const std::vector<Command> nothing;
  EXPECT_TRUE(testing::run(client.io, client.connection.run_all(nothing))->empty());
}

TEST(Connection, CarriesAMegabyteEachWay) {
  RedisServer server;
  Client client(server.target(), patient());
  const std::string big(1024 * 1024, 'b');
  EXPECT_TRUE(client.run("SET", "big", big)->is_ok());
  EXPECT_EQ(client.run("GET", "big")->text(), big);
}

TEST(Connection, PushesReachTheObserver) {
  RedisServer server;
  Client client(server.target(), patient());
  EXPECT_TRUE(client.run("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "blacklist:")->is_ok());
  server.run("SET", "blacklist:access:jti:1", "1");
  EXPECT_TRUE(client.run("PING"));
  const Reply keys = Reply::array({Reply::blob("blacklist:access:jti:1")});
  const Reply push = Reply::aggregate(ReplyKind::push, {Reply::blob("invalidate"), keys});
  EXPECT_EQ(client.watcher.pushes, std::vector{push});
}

TEST(Connection, R35_AFullRedisSaysSo) {
  RedisServer server({"maxmemory 1mb", "maxmemory-policy noeviction"});
  Client client(server.target(), patient());
  const std::string block(64 * 1024, 'x');
  Result<Reply, RedisError> reply = Reply();
  for (int i = 0; i < 64 && reply; ++i) reply = client.run("SET", "k" + std::to_string(i), block);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, RedisErrc::oom);
  EXPECT_TRUE(client.run("PING"));
}

TEST(Connection, AHangingRedisEndsInATimeoutAndServiceReturnsByItself) {
  RedisServer server;
  Client client(server.target());
  client.eventually(Command("SET", "k", "v"));
  server.pause();
  EXPECT_EQ(client.error("PING"), RedisErrc::timeout);
  EXPECT_EQ(client.error("PING"), RedisErrc::not_connected);
  server.resume();
  EXPECT_EQ(client.eventually(Command("GET", "k")).text(), "v");
  EXPECT_GE(client.watcher.ups, 2);
}

TEST(Connection, AKilledRedisIsFoundAgainWhenItReturnsEmpty) {
  RedisServer server;
  Client client(server.target());
  client.eventually(Command("SET", "k", "v"));
  server.kill();
  const RedisErrc first = client.error("PING");
  EXPECT_TRUE(first == RedisErrc::lost || first == RedisErrc::not_connected) << first;
  EXPECT_EQ(client.error("PING"), RedisErrc::not_connected);
  server.start();
  EXPECT_TRUE(client.eventually(Command("GET", "k")).is_null());
}

TEST(Connection, FindsARedisThatStartsLater) {
  RedisServer server({"appendonly yes"}, RedisServer::Listen::tcp);
  server.run("SET", "k", "v");
  server.stop();
  Client client(server.target());
  EXPECT_EQ(client.error("PING"), RedisErrc::not_connected);
  server.start();
  EXPECT_EQ(client.eventually(Command("GET", "k")).text(), "v");
}

TEST(Connection, ADemotedMasterIsRefused) {
  RedisServer server;
  Client client(server.target());
  client.eventually(Command("PING"));
  server.run("REPLICAOF", "127.0.0.1", "1");
  EXPECT_EQ(client.run("SET", "k", "v").error().code, RedisErrc::readonly);
  const auto refused = client.run("GET", "k");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, RedisErrc::not_connected);
  EXPECT_NE(refused.error().detail.find("is not a master"), std::string::npos);
  server.run("REPLICAOF", "NO", "ONE");
  EXPECT_TRUE(client.eventually(Command("SET", "k", "v")).is_ok());
}

// Half frames and errors, byte by byte.

TEST(Connection, R35_AReplyCutInTheMiddleIsLost) {
  ScriptedRedis server({{Say{testing::kHelloReply}, SayAndClose{"$5\r\nhel"}},
                        {Say{testing::kHelloReply}, Say{"$5\r\nhello\r\n"}}});
  Client client(server.target(), patient());
  EXPECT_EQ(client.error("GET"), RedisErrc::lost);
  EXPECT_EQ(client.run("GET")->text(), "hello");
  EXPECT_EQ(server.commands(0).size(), 2u);  // HELLO and GET: GET was not sent again by itself
  EXPECT_EQ(server.commands(1).size(), 2u);
}

TEST(Connection, R35_AHalfReplyThatIsNeverFinishedIsATimeout) {
  ScriptedRedis server({{Say{testing::kHelloReply}, Say{"$5\r\nhel"}}});
  Client client(server.target());
  EXPECT_EQ(client.error("GET"), RedisErrc::timeout);
}

TEST(Connection, R35_EveryErrorReplyIsAnError) {
  struct Case {
    std::string reply;
    RedisErrc code;
  };
  const std::vector<Case> cases = {
      {"-LOADING Redis is loading the dataset in memory\r\n", RedisErrc::loading},
      {"-MASTERDOWN Link with MASTER is down\r\n", RedisErrc::masterdown},
      {"-MISCONF Redis is configured to save RDB snapshots\r\n", RedisErrc::misconf},
      {"-NOAUTH Authentication required.\r\n", RedisErrc::noauth},
      {"-NOPERM this user has no permissions\r\n", RedisErrc::noperm},
      {"-BUSY Redis is busy running a script.\r\n", RedisErrc::script_busy},
      {"-MOVED 866 127.0.0.1:7001\r\n", RedisErrc::moved},
      {"-ASK 866 127.0.0.1:7001\r\n", RedisErrc::ask},
      {"-TRYAGAIN Multiple keys request during rehashing of slot\r\n", RedisErrc::tryagain},
      {"-CLUSTERDOWN The cluster is down\r\n", RedisErrc::clusterdown},
      {"-OOM command not allowed\r\n", RedisErrc::oom},
      {"!10\r\nERR a blob\r\n", RedisErrc::other_error},
  };
  testing::Conversation conversation{Say{testing::kHelloReply}};
  for (const Case& c : cases) conversation.emplace_back(Say{c.reply});
  ScriptedRedis server({conversation});
  Client client(server.target(), patient());
  for (const Case& c : cases) EXPECT_EQ(client.error("GET"), c.code) << c.reply;
  EXPECT_EQ(server.connections(), 1u);
}

// What is looked at before a Redis is trusted.

Fitness inspected(RedisServer& server) {
  Client client(server.target(), patient());
  const auto fitness = testing::run(client.io, inspect(client.connection, {}));
  if (!fitness) throw std::runtime_error(fitness.error().detail);
  return *fitness;
}

TEST(Inspection, ARealRedisWithAnAppendOnlyFileIsFit) {
  RedisServer server({"appendonly yes", "appendfsync always", "maxmemory-policy noeviction"});
  const Fitness fitness = inspected(server);
  EXPECT_THAT(fitness.refusals, ::testing::IsEmpty());
  EXPECT_THAT(fitness.warnings, ::testing::IsEmpty());
  EXPECT_EQ(fitness.version.substr(0, 1), "7");
}

TEST(Inspection, R02_ARealRedisThatMayEvictIsRefused) {
  RedisServer server({"maxmemory 100mb", "maxmemory-policy volatile-lru"});
  const Fitness fitness = inspected(server);
  EXPECT_THAT(fitness.refusals, ::testing::ElementsAre(::testing::HasSubstr("volatile-lru")));
  EXPECT_THAT(fitness.warnings, ::testing::ElementsAre(::testing::HasSubstr("nothing on disk")));
}

TEST(Inspection, AnAclThatDeniesConfigHidesOnlyTheSettings) {
  RedisServer server({"appendonly yes", "user default on nopass ~* &* +@all -config"});
  const Fitness fitness = inspected(server);
  EXPECT_THAT(fitness.refusals, ::testing::IsEmpty());
  EXPECT_THAT(fitness.warnings, ::testing::IsEmpty());
}

// The end.

TEST(Connection, StopFinishesWhatIsUnderWay) {
  RedisServer server;
  Client client(server.target(), patient());
  client.run("PING");
  testing::run(client.io, client.connection.stop());
  EXPECT_EQ(client.error("PING"), RedisErrc::stopped);
  EXPECT_FALSE(client.connection.is_up());
}

Task<RedisErrc> ask(Connection& connection) {
  const Command ping("PING");
  const auto reply = co_await connection.run(ping);
  co_return reply ? RedisErrc::unexpected_reply : reply.error().code;
}

Task<void> destroy(std::unique_ptr<Connection>& connection) {
  connection.reset();
  co_return;
}

Task<RedisErrc> ask_and_destroy(std::unique_ptr<Connection>& connection) {
  using namespace asio::experimental::awaitable_operators;
  co_return co_await (ask(*connection) && destroy(connection));
}

TEST(Connection, ADestroyedConnectionLeavesNobodyWaiting) {
  RedisServer server;
  asio::io_context io;
  SystemClock clock;
  testing::SeededRandom random{1};
  auto connection =
      std::make_unique<Connection>(io.get_executor(), server.target(), patient(), clock, random);
  EXPECT_EQ(testing::run(io, ask_and_destroy(connection)), RedisErrc::stopped);
}

}  // namespace
}  // namespace recant::redis
