#include "redis/url.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace recant::redis {
namespace {

struct Good {
  std::string url;
  Address address;
  std::string user;
  std::string password;
  std::uint32_t db = 0;
};

TEST(RedisUrl, ReadsTheFormsOfTheContract) {
  const std::vector<Good> cases = {
      {"redis://localhost", TcpAddress{"localhost", 6379}, "", ""},
      {"redis://localhost/", TcpAddress{"localhost", 6379}, "", ""},
      {"redis://10.0.0.1:6380/2", TcpAddress{"10.0.0.1", 6380}, "", "", 2},
      {"redis://[::1]:6380", TcpAddress{"::1", 6380}, "", ""},
      {"redis://alice:s3cret@redis.example:1/15", TcpAddress{"redis.example", 1}, "alice", "s3cret",
       15},
      {"redis://:s3cret@h", TcpAddress{"h", 6379}, "", "s3cret"},
      {"redis://a%40b:p%40s%2F%3A%23@h", TcpAddress{"h", 6379}, "a@b", "p@s/:#"},
      {"unix:///run/redis.sock", UnixAddress{"/run/redis.sock"}, "", ""},
      {"unix:///run/redis.sock?db=3", UnixAddress{"/run/redis.sock"}, "", "", 3},
      {"unix:///a%20b/r.sock", UnixAddress{"/a b/r.sock"}, "", ""},
  };
  for (const Good& c : cases) {
    const auto target = parse_url(c.url);
    ASSERT_TRUE(target) << c.url << ": " << target.error();
    EXPECT_EQ(target->address, c.address) << c.url;
    EXPECT_EQ(target->user, c.user) << c.url;
    EXPECT_EQ(target->password.reveal(), c.password) << c.url;
    EXPECT_EQ(target->db, c.db) << c.url;
  }
}

struct Bad {
  std::string url;
  std::string names;  ///< what the sentence must name
};

TEST(RedisUrl, SaysWhatIsWrongAndNeverThePassword) {
  const std::vector<Bad> cases = {
      {"", "redis://"},
      {"localhost:6379", "redis://"},
      {"http://u:hunter2@h", "redis://"},
      {"rediss+sentinel://u:hunter2@h", "rediss+sentinel://, which is not in this version"},
      {"rediss://u:hunter2@", "no host"},
      {"rediss://u:hunter2@h?tls=no", "%3F"},
      {"redis://u:hunter2@h%00", "no host can have"},
      {"redis://u:hunter2@127.0.0.1.example", "no database number"},  // 127.0.0.1 to Boost.URL 1.81
      {"rediss://u:hunter2@h%20x", "no host can have"},
      {"REDISS://u:hunter2@h", "neither redis://, rediss:// nor unix://"},
      {"redis+sentinel://u:hunter2@h1:1,h2:2/name", "redis+sentinel://, which is not in this"},
      {"redis+cluster://u:hunter2@h1:1,h2:2", "redis+cluster://, which is not in this"},
      {"rediss+cluster://u:hunter2@h1", "rediss+cluster://, which is not in this"},
      {"redis://", "no host"},
      {"redis://u:hunter2@", "no host"},
      {"redis://u:hunter2@:6379", "no host"},
      {"redis://u:hunter2@h:0", "port"},
      {"redis://u:hunter2@h:65536", "port"},
      {"redis://u:hunter2@h:99999", "port"},  // 34463, were it cut to 16 bits
      {"redis://u:hunter2@h:99999999999999999999", "port"},
      {"redis://u:hunter2@h:6379x", "port"},
      {"redis://u:hunter2@h/x", "database number"},
      {"redis://u:hunter2@h/-1", "database number"},
      {"redis://u:hunter2@h/1/2", "database number"},
      {"redis://u:hunter2@h/99999999999", "database number"},
      {"redis://u:hunter2@h?db=1", "/2"},
      {"redis://u:hunter2#x@h", "%23"},
      {"redis://u:hunter2?x@h", "%3F"},
      {"redis://u:hun ter2@h", "percent-encoded"},
      {"redis://u:hunter2%zz@h", "percent-encoded"},
      {"redis://u:hunter2@[::1", "percent-encoded"},
      {"unix://run/redis.sock", "absolute path"},
      {"unix://u:hunter2@/run/redis.sock", "absolute path"},
      {"unix:///", "absolute path"},
      {"unix:///run/redis.sock?db=x", "?db=N"},
      {"unix:///run/redis.sock?password=hunter2", "?db=N"},
      {"unix:///run/redis.sock#1", "%23"},
  };
  for (const Bad& c : cases) {
    const auto target = parse_url(c.url);
    ASSERT_FALSE(target) << c.url;
    EXPECT_NE(target.error().find(c.names), std::string::npos) << c.url << ": " << target.error();
    EXPECT_EQ(target.error().find("redis.url "), 0u) << target.error();
    for (const std::string secret : {"hunter2", "ter2", "hun"}) {
      EXPECT_EQ(target.error().find(secret), std::string::npos) << target.error();
    }
  }
}

TEST(RedisUrl, OnlyRedissMeansTls) {
  EXPECT_TRUE(parse_url("rediss://h")->tls);
  EXPECT_TRUE(parse_url("rediss://u:p@[::1]:6380/2")->tls);
  EXPECT_FALSE(parse_url("redis://h")->tls);
  EXPECT_FALSE(parse_url("unix:///run/redis.sock")->tls);
  const auto target = parse_url("rediss://alice:s3cret@redis.example:6380/15");
  EXPECT_EQ(target->address, Address(TcpAddress{"redis.example", 6380}));
  EXPECT_EQ(target->user, "alice");
  EXPECT_EQ(target->password.reveal(), "s3cret");
  EXPECT_EQ(target->db, 15u);
}

TEST(RedisUrl, A11_APasswordInTheClearIsExposedBeyondThisMachine) {
  for (const char* url : {"redis://:p@redis", "redis://u:p@10.0.0.1", "redis://u:p@[fd00::1]:1",
                          "redis://:p@localhost.evil.org"}) {
    EXPECT_TRUE(exposes_password(*parse_url(url))) << url;
  }
  for (const char* url : {"rediss://:p@redis", "redis://redis", "redis://u@10.0.0.1",
                          "redis://:p@localhost", "redis://:p@127.0.0.1", "redis://:p@127.3.2.1",
                          "redis://:p@[::1]", "unix:///run/redis.sock"}) {
    EXPECT_FALSE(exposes_password(*parse_url(url))) << url;
  }
}

TEST(RedisUrl, DescribesAnAddressWithoutCredentials) {
  const auto target = parse_url("redis://u:hunter2@h:1/2");
  EXPECT_EQ(to_string(target->address), "h:1");
  EXPECT_EQ(to_string(TcpAddress{"::1", 2}), "[::1]:2");
  EXPECT_EQ(to_string(UnixAddress{"/a/b"}), "/a/b");
}

}  // namespace
}  // namespace recant::redis
