#include "redis/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "testing/printers.hpp"

namespace recant::redis {
namespace {

struct Case {
  std::string_view text;
  RedisErrc code;
};

// The texts are those of Redis 7.0.15's sources (server.c, cluster.c, script.c).
constexpr Case kCases[] = {
    {"OOM command not allowed when used memory > 'maxmemory'.", RedisErrc::oom},
    {"READONLY You can't write against a read only replica.", RedisErrc::readonly},
    {"LOADING Redis is loading the dataset in memory", RedisErrc::loading},
    {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
     RedisErrc::masterdown},
    {"MISCONF Redis is configured to save RDB snapshots, but", RedisErrc::misconf},
    {"NOAUTH Authentication required.", RedisErrc::noauth},
    {"NOPERM this user has no permissions to run the 'get' command", RedisErrc::noperm},
    {"BUSY Redis is busy running a script.", RedisErrc::script_busy},
    {"WRONGTYPE Operation against a key holding the wrong kind of value", RedisErrc::wrongtype},
    {"MOVED 866 127.0.0.1:7001", RedisErrc::moved},
    {"ASK 866 127.0.0.1:7001", RedisErrc::ask},
    {"TRYAGAIN Multiple keys request during rehashing of slot", RedisErrc::tryagain},
    {"CLUSTERDOWN The cluster is down", RedisErrc::clusterdown},
    {"CROSSSLOT Keys in request don't hash to the same slot", RedisErrc::crossslot},
    {"NOREPLICAS Not enough good replicas to write.", RedisErrc::noreplicas},
    {"NOSCRIPT No matching script. Please use EVAL.", RedisErrc::noscript},
    {"UNKILLABLE Sorry the script already executed write commands", RedisErrc::unkillable},
    {"WRONGPASS invalid username-password pair or user is disabled.", RedisErrc::wrongpass},
    {"ERR syntax error", RedisErrc::other_error},
    {"BUSYKEY Target key name already exists.", RedisErrc::other_error},
    {"oom in lower case is another word", RedisErrc::other_error},
    {"", RedisErrc::other_error},
};

TEST(RedisError, R35_EveryErrorReplyIsKnownByItsFirstWord) {
  for (const Case& c : kCases) {
    const RedisError error = make_error(c.text);
    EXPECT_EQ(error.code, c.code) << c.text;
    EXPECT_TRUE(is_error_reply(error.code)) << c.text;
    EXPECT_FALSE(outcome_unknown(error.code)) << c.text;
  }
}

TEST(RedisError, NoAnswerIsNoErrorReply) {
  for (const RedisErrc code : {RedisErrc::not_connected, RedisErrc::busy, RedisErrc::stopped,
                               RedisErrc::timeout, RedisErrc::lost, RedisErrc::unexpected_reply}) {
    EXPECT_FALSE(is_error_reply(code)) << code;
    EXPECT_EQ(outcome_unknown(code), code == RedisErrc::timeout || code == RedisErrc::lost);
  }
}

TEST(RedisError, NamesAreDistinct) {
  std::set<std::string_view> names;
  const int last = static_cast<int>(RedisErrc::other_error);
  for (int i = 0; i <= last; ++i) names.insert(name(static_cast<RedisErrc>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
}

TEST(RedisError, ForeignTextIsMadeFitForALog) {
  using namespace std::string_literals;
  EXPECT_EQ(printable("a\r\nb\x1b[31m\0\xff"s), "a??b?[31m??");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_LT(make_error(std::string(10'000, 'x')).detail.size(), 200u);
}

}  // namespace
}  // namespace recant::redis
