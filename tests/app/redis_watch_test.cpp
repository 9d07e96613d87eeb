#include "app/redis_watch.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <memory>

#include "app/policy_watch.hpp"
#include "crypto/random.hpp"
#include "testing/redis_server.hpp"
#include "testing/run.hpp"

namespace recant::app {
namespace {

using recant::testing::RedisServer;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class RedisWatchTest : public ::testing::Test {
 protected:
  std::unique_ptr<RedisWatch> watch(std::shared_ptr<const redis::Target> target) {
    LookOptions options;
    options.timeout = milliseconds(250);
    options.inspection.accept_eviction = accept_eviction_;
    options.policy = policy_;
    options.keys = redis::Keys({"", policy_.keys == core::KeyForm::tagged});
    options.change_policy = change_policy_;
    return std::make_unique<RedisWatch>(io_, std::move(target), options, clock_, random_);
  }
  std::string refusal(std::shared_ptr<const redis::Target> target) {
    const auto watching = watch(std::move(target));
    const auto found = recant::testing::run(io_, watching->look());
    return found ? "not refused" : found.error().sentence;
  }
  std::shared_ptr<const redis::Target> parsed(const std::string& url) {
    auto target = redis::parse_url(url);
    if (!target) throw std::runtime_error(target.error());
    return std::make_shared<const redis::Target>(*std::move(target));
  }

  core::Policy policy_;
  bool change_policy_ = false;
  boost::asio::io_context io_;
  bool accept_eviction_ = false;
  SystemClock clock_;
  crypto::SystemRandom random_;
};

TEST_F(RedisWatchTest, ARedisThatForgetsNothingIsFit) {
  RedisServer server;
  const auto watching = watch(server.target());
  const auto found = recant::testing::run(io_, watching->look());
  ASSERT_TRUE(found && *found);
  EXPECT_FALSE((*found)->version.empty());
}

TEST_F(RedisWatchTest, R02_ARedisThatMayEvictIsRefusedWithTheRemedy) {
  RedisServer server({"maxmemory 100mb", "maxmemory-policy volatile-lru"});
  EXPECT_THAT(refusal(server.target()),
              AllOf(HasSubstr("volatile-lru"), HasSubstr("maxmemory-policy noeviction")));
}

TEST_F(RedisWatchTest, R02_ARedisThatMayEvictIsWarnedOfWhereThatIsAccepted) {
  RedisServer server({"maxmemory 100mb", "maxmemory-policy volatile-lru"});
  accept_eviction_ = true;
  const auto watching = watch(server.target());
  const auto found = recant::testing::run(io_, watching->look());
  ASSERT_TRUE(found && *found);
  EXPECT_THAT((*found)->warnings, Contains(AllOf(HasSubstr("volatile-lru"),
                                                 HasSubstr("a revoked token would be valid again"),
                                                 HasSubstr("redis.accept_eviction"))));
}

TEST_F(RedisWatchTest, R01_ARedisWithoutPersistenceIsWarnedOf) {
  RedisServer server;  // save "", appendonly no
  const auto watching = watch(server.target());
  const auto found = recant::testing::run(io_, watching->look());
  ASSERT_TRUE(found && *found);
  EXPECT_FALSE((*found)->warnings.empty());
}

TEST_F(RedisWatchTest, WrongCredentialsAreRefusedWithoutRepeatingThem) {
  RedisServer server({"requirepass right"}, RedisServer::Listen::tcp);
  const std::string address = server.url().substr(std::string("redis://").size());
  EXPECT_THAT(refusal(parsed("redis://:hunter2@" + address)),
              AllOf(HasSubstr("user name or password"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(refusal(parsed("redis://" + address)), HasSubstr("asks for a password"));
}

TEST_F(RedisWatchTest, OneThatIsNotThereIsWaitedFor) {
  RedisServer server;
  server.stop();
  const auto watching = watch(server.target());
  const auto first = recant::testing::run(io_, watching->look());
  ASSERT_TRUE(first);
  EXPECT_FALSE(*first);
  EXPECT_THAT(watching->why_not(), HasSubstr("cannot connect to Redis"));

  std::vector<std::string> told;
  const auto found = recant::testing::run(io_, watching->wait([&](const std::string& why) {
    told.push_back(why);
    if (told.size() == 1) server.start();
  }));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->version.empty());
  EXPECT_EQ(told.size(), 1u);
}

TEST_F(RedisWatchTest, OneThatComesAndMayEvictIsRefusedThen) {
  RedisServer server({"maxmemory 100mb", "maxmemory-policy allkeys-lru"});
  server.stop();
  const auto watching = watch(server.target());
  const auto found =
      recant::testing::run(io_, watching->wait([&](const std::string&) { server.start(); }));
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().sentence, HasSubstr("allkeys-lru"));
}

// Only another server can have written it since ours has claimed the form.
TEST_F(RedisWatchTest, APolicyThatNamesAnotherFormOfKeysIsRefused) {
  policy_.keys = core::KeyForm::tagged;
  RedisServer server;
  const std::string other = core::Policy{.keys = core::KeyForm::converting}.text();
  const redis::StandingPolicy standing{other, core::Policy::parse(other)};
  const auto refused = refuse_policy(policy_, standing);
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->sentence, AllOf(HasSubstr("are being given other names"),
                                       HasSubstr("recant serve --convert-keys")));
  server.run("SET", "recant:policy", other);
  EXPECT_THAT(refusal(server.target()), HasSubstr("or that was interrupted"));
  server.run("SET", "recant:policy", policy_.text());
  EXPECT_EQ(refusal(server.target()), "not refused");
  policy_.keys = core::KeyForm::plain;
  EXPECT_THAT(refusal(server.target()), HasSubstr("Set redis.hash_tags back to always"));
  EXPECT_THAT(refuse_policy(policy_, {"", core::Policy{.keys = core::KeyForm::tagged}})->sentence,
              HasSubstr("redis.hash_tags does not ask for them"));
}

TEST_F(RedisWatchTest, OneThatHangsIsWaitedFor) {
  RedisServer server;
  server.pause();
  const auto watching = watch(server.target());
  const auto found = recant::testing::run(io_, watching->look());
  server.resume();
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

}  // namespace
}  // namespace recant::app
