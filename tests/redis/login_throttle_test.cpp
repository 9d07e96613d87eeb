// Who waits after how many wrong passwords, and for whom nobody waits (security bar A03, A17).
#include <gmock/gmock.h>

#include <thread>

#include "redis/login_throttle.hpp"
#include "session_store_fixture.hpp"

namespace recant::redis {
namespace {

using service::Guess;
using ::testing::Optional;

constexpr const char* kHome = "203.0.113.7";
constexpr const char* kStrange = "198.51.100.66";

Guess alice_from(std::string address) { return {"alice", std::move(address)}; }

class LoginThrottleTest : public SessionStoreTest {
 protected:
  RedisLoginThrottle throttle_{client.connection, keys};

  std::optional<seconds> admit(const Guess& guess) { return client.get(throttle_.admit(guess)); }
  void was_right(const Guess& guess) { client.get(throttle_.was_right(guess)); }
  void sign_in(const Guess& guess) {
    ASSERT_EQ(admit(guess), std::nullopt);
    was_right(guess);
  }
  /// Wrong passwords that were all looked at: whoever has to wait is let wait in no time.
  void fail(const Guess& guess, int times) {
    for (int i = 0; i < times; ++i) {
      while (admit(guess)) let_wait();
    }
  }
  /// As if all that anybody waits for had passed.
  void let_wait() {
    for (const std::string& key : all_keys()) forget_wait(key);
  }
  std::vector<std::string> all_keys() {
    const Reply all = server.run("KEYS", "*");
    std::vector<std::string> keys_found;
    for (const Reply& key : all.elements()) keys_found.emplace_back(*key.text());
    return keys_found;
  }

 private:
  void forget_wait(const std::string& key) {
    const std::string text = value(key);
    const auto space = text.find(' ');
    if (space == std::string::npos) return;
    server.run("SET", key, text.substr(0, space) + " 0", "KEEPTTL");
  }
};

TEST_F(LoginThrottleTest, A17_WaitsDoubleAfterTheFreeFailures) {
  const Guess guess = alice_from(kStrange);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(admit(guess), std::nullopt) << i;
  for (const int wait : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}) {
    EXPECT_THAT(admit(guess), Optional(seconds{wait}));
    let_wait();
    EXPECT_EQ(admit(guess), std::nullopt) << "after " << wait << " s";
  }
}

TEST_F(LoginThrottleTest, AnAttemptThatHasToWaitIsNotCounted) {
  const Guess guess = alice_from(kStrange);
  fail(guess, 5);
  for (int i = 0; i < 20; ++i) EXPECT_THAT(admit(guess), Optional(seconds{1}));
}

TEST_F(LoginThrottleTest, TheRightPasswordForgivesAll) {
  const Guess guess = alice_from(kStrange);
  fail(guess, 8);
  let_wait();
  sign_in(guess);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(admit(guess), std::nullopt) << i;
}

TEST_F(LoginThrottleTest, WhatWasNotJudgedIsNoFailure) {
  const Guess guess = alice_from(kStrange);
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(admit(guess), std::nullopt) << i;
    client.get(throttle_.was_not_judged(guess));
  }
  EXPECT_EQ(server.run("DBSIZE").integer(), 0) << "nothing is left behind";
}

TEST_F(LoginThrottleTest, AThousandAttemptsAtOnceAreAThousand) {
  std::atomic<int> admitted{0};
  std::vector<std::thread> guessers;
  for (std::uint64_t i = 0; i < 8; ++i) {
    guessers.emplace_back([&, i] {
      StoreClient own(server.target(), 100 + i);
      RedisLoginThrottle throttle(own.connection, own.keys);
      for (int attempt = 0; attempt < 25; ++attempt) {
        if (!own.get(throttle.admit(alice_from(kStrange)))) ++admitted;
      }
    });
  }
  for (auto& guesser : guessers) guesser.join();
  EXPECT_LE(admitted, 7) << "five, and one a second if this machine was slow";
  EXPECT_GE(admitted, 5);
}

// --- who does not wait for whom
// ----------------------------------------------------------------------

TEST_F(LoginThrottleTest, A03_AStrangerCannotLockTheOwnerOut) {
  sign_in(alice_from(kHome));
  fail(alice_from(kStrange), 60);
  EXPECT_NE(admit(alice_from(kStrange)), std::nullopt);
  sign_in(alice_from(kHome));
}

TEST_F(LoginThrottleTest, A03_NorOutOfANewPlace) {
  for (int i = 0; i < 30; ++i) fail(alice_from("198.51.100." + std::to_string(i)), 2);
  sign_in(alice_from("192.0.2.1"));
}

TEST_F(LoginThrottleTest, TwoBehindOneAddressDoNotWaitForOneAnother) {
  fail(alice_from(kHome), 8);
  EXPECT_NE(admit(alice_from(kHome)), std::nullopt);
  EXPECT_EQ(admit({"bob", kHome}), std::nullopt);
}

TEST_F(LoginThrottleTest, WhoHasSignedInFromAnAddressDoesNotWaitForWhoGuessesFromIt) {
  sign_in({"bob", kHome});
  for (int i = 0; i < 110; ++i) fail({"name" + std::to_string(i), kHome}, 1);
  EXPECT_NE(admit({"another", kHome}), std::nullopt);
  sign_in({"bob", kHome});
}

TEST_F(LoginThrottleTest, TheOwnersOwnAddressHasMoreFailuresFree) {
  sign_in(alice_from(kHome));
  for (int i = 0; i < 50; ++i) ASSERT_EQ(admit(alice_from(kHome)), std::nullopt) << i;
  EXPECT_THAT(admit(alice_from(kHome)), Optional(seconds{1}));
}

// --- who guesses from many places, or at many names
// --------------------------------------------------

TEST_F(LoginThrottleTest, ANameThatManyFailedAtGivesStrangersOneAttemptEach) {
  for (int i = 0; i < 50; ++i) fail(alice_from("198.51.100." + std::to_string(i)), 1);
  EXPECT_EQ(admit(alice_from(kStrange)), std::nullopt);
  EXPECT_THAT(admit(alice_from(kStrange)), Optional(seconds{1}));
}

TEST_F(LoginThrottleTest, AnAddressThatFailsAtManyNamesWaits) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(admit({"name" + std::to_string(i), kStrange}), std::nullopt) << i;
  }
  EXPECT_THAT(admit({"another", kStrange}), Optional(seconds{1}));
}

TEST_F(LoginThrottleTest, TheHouseholdOfAnIpv6AddressIsOneGuesser) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(admit(alice_from("2001:db8:1:2::" + std::to_string(i))), std::nullopt) << i;
  }
  EXPECT_NE(admit(alice_from("2001:db8:1:2:ffff::9")), std::nullopt);
  EXPECT_EQ(admit(alice_from("2001:db8:1:3::1")), std::nullopt);
}

TEST(NetworkOf, IsTheAddressOrItsHousehold) {
  EXPECT_EQ(network_of("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(network_of("::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("not an address"), "not an address");
  EXPECT_EQ(network_of(""), "");
}

// --- what stands in Redis
// ---------------------------------------------------------------------------

TEST_F(LoginThrottleTest, EveryKeyEndsAndNamesNobody) {
  sign_in(alice_from(kHome));
  fail(alice_from(kStrange), 6);
  const auto all = all_keys();
  EXPECT_EQ(all.size(), 4u) << "the owner's proof; the stranger's pair, name and address";
  for (const std::string& key : all) {
    EXPECT_EQ(key.find("alice"), std::string::npos) << key;
    EXPECT_EQ(key.find("198.51"), std::string::npos) << key;
    EXPECT_GT(integer(server.run("PTTL", key)), 0) << key;
  }
}

TEST_F(LoginThrottleTest, WhatAForeignHandWroteCountsForNothing) {
  fail(alice_from(kStrange), 5);
  for (const std::string& key : all_keys()) server.run("SET", key, "nan nan");
  EXPECT_EQ(admit(alice_from(kStrange)), std::nullopt);
}

TEST_F(LoginThrottleTest, ARedisThatCannotCountAdmitsNobody) {
  server.run("CONFIG", "SET", "maxmemory", "1");
  EXPECT_FALSE(client.run(throttle_.admit(alice_from(kHome))));
}

}  // namespace
}  // namespace recant::redis
