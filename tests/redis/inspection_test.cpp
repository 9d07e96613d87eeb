#include "redis/inspection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace recant::redis {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What INFO says of a Redis as we ask for it, with differences.
std::string info(const std::map<std::string, std::string>& differences = {}) {
  std::map<std::string, std::string> fields = {
      {"redis_version", "7.0.15"},
      {"redis_mode", "standalone"},
      {"role", "master"},
      {"maxmemory", "0"},
      {"maxmemory_policy", "noeviction"},
      {"aof_enabled", "1"},
      {"aof_last_write_status", "ok"},
  };
  for (const auto& [name, value] : differences) fields[name] = value;
  std::string text = "# Server\r\n";
  for (const auto& [name, value] : fields) text += name + ":" + value + "\r\n\r\n";
  return text;
}

Fitness decide(const std::map<std::string, std::string>& differences,
               const PersistenceSettings& settings = {"", "always"}, bool accept_eviction = false) {
  return decide_fitness(info(differences), settings, {accept_eviction});
}

TEST(Inspection, ARedisAsWeAskForItIsFit) {
  const Fitness fitness = decide({});
  EXPECT_THAT(fitness.refusals, IsEmpty());
  EXPECT_THAT(fitness.warnings, IsEmpty());
  EXPECT_EQ(fitness.version, "7.0.15");
}

TEST(Inspection, R02_RefusesWhatMayEvict) {
  for (const std::string policy : {"volatile-lru", "allkeys-lru", "volatile-ttl", "volatile-random",
                                   "allkeys-lfu", "a-policy-of-tomorrow", ""}) {
    const Fitness fitness = decide({{"maxmemory", "1048576"}, {"maxmemory_policy", policy}});
    EXPECT_THAT(fitness.refusals, ElementsAre(HasSubstr("maxmemory-policy noeviction"))) << policy;
  }
}

TEST(Inspection, WhatCannotEvictIsFit) {
  EXPECT_THAT(decide({{"maxmemory", "1048576"}}).refusals, IsEmpty());
  EXPECT_THAT(decide({{"maxmemory_policy", "allkeys-lru"}}).refusals, IsEmpty());  // no limit
}

TEST(Inspection, EvictionMayBeAcceptedInSoManyWords) {
  const Fitness fitness =
      decide({{"maxmemory", "1048576"}, {"maxmemory_policy", "allkeys-lru"}}, {"", "always"}, true);
  EXPECT_THAT(fitness.refusals, IsEmpty());
  EXPECT_THAT(fitness.warnings, ElementsAre(HasSubstr("redis.accept_eviction")));
}

TEST(Inspection, RefusesAnOldRedis) {
  for (const std::string version : {"6.2.14", "5.0", "2.8.0", "", "seven", "-7.0"}) {
    EXPECT_THAT(decide({{"redis_version", version}}).refusals,
                ElementsAre(HasSubstr("Redis 7.0 or Valkey 7.2")))
        << version;
  }
  for (const std::string version : {"7.0.0", "7.4.1", "8.2.0", "10.0.0"}) {
    EXPECT_THAT(decide({{"redis_version", version}}).refusals, IsEmpty()) << version;
  }
}

TEST(Inspection, TakesValkeyByItsOwnVersion) {
  const Fitness fitness =
      decide({{"redis_version", "7.2.4"}, {"valkey_version", "8.0.1"}, {"server_name", "valkey"}});
  EXPECT_THAT(fitness.refusals, IsEmpty());
  EXPECT_EQ(fitness.version, "8.0.1");
}

TEST(Inspection, R34_WarnsOfAReleaseWithHolesThatAreKnown) {
  struct Case {
    std::string version;
    std::string first;  // of its branch without them; empty: nothing to say
  };
  for (const Case& c : std::vector<Case>{{"7.2.10", "7.2.11"},
                                         {"7.2.11", ""},
                                         {"7.2.0", "7.2.11"},
                                         {"7.4.5", "7.4.6"},
                                         {"7.4.6", ""},
                                         {"8.0.3", "8.0.4"},
                                         {"8.2.1", "8.2.2"},
                                         {"8.2.10", ""},
                                         {"8.6.2", "8.6.3"},
                                         {"8.6.3", ""},
                                         {"9.0.0", ""},
                                         {"7.0.15", ""},
                                         {"8.0", ""}}) {
    const auto warnings = decide({{"redis_version", c.version}}).warnings;
    if (c.first.empty()) {
      EXPECT_THAT(warnings, IsEmpty()) << c.version;
    } else {
      EXPECT_THAT(warnings, ElementsAre(AllOf(HasSubstr("Redis " + c.version),
                                              HasSubstr(c.first + " is the first"))));
    }
  }
  // Valkey is of its own version, whichever Redis it says that it is like.
  EXPECT_THAT(decide({{"redis_version", "7.2.4"}, {"valkey_version", "8.1.6"}}).warnings,
              ElementsAre(AllOf(HasSubstr("Valkey 8.1.6"), HasSubstr("8.1.7 is the first"))));
  EXPECT_THAT(decide({{"redis_version", "7.2.4"}, {"valkey_version", "8.1.7"}}).warnings,
              IsEmpty());
}

TEST(Inspection, RefusesAReplicaAndACluster) {
  EXPECT_THAT(decide({{"role", "slave"}}).refusals, ElementsAre(HasSubstr("role slave")));
  EXPECT_THAT(decide({{"redis_mode", "cluster"}}).refusals, ElementsAre(HasSubstr("mode cluster")));
  EXPECT_THAT(decide({{"redis_mode", "sentinel"}}).refusals,
              ElementsAre(HasSubstr("mode sentinel")));
}

TEST(Inspection, G7_WhatIsNotSaidIsRefused) {
  EXPECT_EQ(decide_fitness("", {}, {}).refusals.size(), 4u);  // version, role, mode, eviction
}

TEST(Inspection, R08_WarnsOfARedisThatForgets) {
  EXPECT_THAT(decide({{"aof_enabled", "0"}}).warnings,
              ElementsAre(HasSubstr("keeps nothing on disk")));
  EXPECT_THAT(decide({{"aof_enabled", "0"}}, {"3600 1", "everysec"}).warnings,
              ElementsAre(HasSubstr("no append-only file")));
  EXPECT_THAT(decide({{"aof_enabled", "0"}}, {}).warnings,
              ElementsAre(HasSubstr("no append-only file")));
  EXPECT_THAT(decide({}, {"", "everysec"}).warnings,
              ElementsAre(HasSubstr("set `appendfsync always`")));
  EXPECT_THAT(decide({{"aof_last_write_status", "err"}}).warnings,
              ElementsAre(HasSubstr("cannot write its append-only file")));
  EXPECT_THAT(decide({}, {}).warnings, IsEmpty());  // an ACL that denies CONFIG is no reason
}

TEST(Inspection, WhatAServerSaysIsMadePrintable) {
  const std::string evil = decide({{"role", "\x1b[2Jx"}}).refusals.at(0);
  EXPECT_EQ(evil.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace recant::redis
