// G1, G3, G7, G8 at the verifier: what it says from memory, and how it learns that it must not.
#include "redis/live_verifier.hpp"

#include <gmock/gmock.h>

#include "verifier_world.hpp"

namespace recant::redis {
namespace {

/// Long enough for a test to look at what is in memory, on a machine that does other things.
constexpr milliseconds kLong = core::kLargestStaleness;
constexpr milliseconds kShort{100};

class LiveVerifierTest : public VerifierWorld {
 protected:
  StoreClient::Opened session = client.open(alice);
  const std::string token = token_of(session);
  const std::int64_t asked_before_ = existences_asked();

  std::int64_t questions() { return existences_asked() - asked_before_; }
};

TEST_F(LiveVerifierTest, ATokenIsAskedAboutOnceAndThenKnown) {
  LiveOne one(server.target(), kLong);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "valid redis");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(one.verdict(token), "valid cache");
  EXPECT_EQ(questions(), 1);
}

TEST_F(LiveVerifierTest, WhatIsInMemoryNeedsNoRedis) {
  LiveOne one(server.target(), kLong);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "valid redis");
  server.pause();
  EXPECT_TRUE(one.verifier.check_cached(token));
  server.resume();
}

TEST_F(LiveVerifierTest, G7_R21_ASilentRedisEndsTheLease) {
  LiveOne one(server.target(), kShort);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "valid redis");
  server.pause();
  const auto paused = one.clock.steady();
  for (auto began = paused; one.verifier.check_cached(token); began = one.clock.steady()) {
    EXPECT_LT(began - paused, kShort) << "what was granted last was asked before the pause";
  }
  EXPECT_FALSE(one.verifier.has_lease());
  server.resume();
  one.catch_up();
  EXPECT_TRUE(one.verifier.check_cached(token)) << "the connection was not lost, nothing changed";
}

TEST_F(LiveVerifierTest, G7_R21_ALostConnectionEndsTheLeaseAndWhatWasKnown) {
  LiveOne one(server.target(), kLong);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "valid redis");
  server.kill();
  while (one.verifier.has_lease()) std::this_thread::sleep_for(milliseconds{1});
  EXPECT_FALSE(one.verifier.check_cached(token));
  server.start();  // empty: it holds neither the session nor the policy
  publish(core::Strategy::blacklist);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "revoked lost");
}

TEST_F(LiveVerifierTest, NothingIsKnownWhileThePolicyIsMissing) {
  LiveOne one(server.target(), kLong);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "valid redis");
  server.run("DEL", keys.policy());
  while (one.verifier.has_lease()) std::this_thread::sleep_for(milliseconds{1});
  EXPECT_EQ(one.verdict(token), "unavailable policy");
  publish(core::Strategy::blacklist);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "valid redis") << "a change of policy makes everything unknown";
}

TEST_F(LiveVerifierTest, APolicyThatAllowsNoLeaseMakesEveryCheckAsk) {
  server.run("SET", keys.policy(), core::Policy{}.text());
  LiveOne one(server.target(), kLong);
  EXPECT_EQ(one.verdict(token), "valid redis");
  EXPECT_EQ(one.verdict(token), "valid redis");
  EXPECT_FALSE(one.verifier.has_lease());
}

TEST_F(LiveVerifierTest, AShorterBoundOfThePolicyIsGoneBy) {
  const core::Policy strict{.max_staleness = kShort};
  server.run("SET", keys.policy(), strict.text());
  LiveOne one(server.target(), kLong);
  one.catch_up();
  server.pause();
  const auto paused = one.clock.steady();
  for (auto began = paused; one.verifier.has_lease(); began = one.clock.steady()) {
    EXPECT_LT(began - paused, kShort);
  }
  server.resume();
}

TEST_F(LiveVerifierTest, ADemotedMasterGrantsNoLease) {
  LiveOne one(server.target(), kShort);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "valid redis");
  server.run("REPLICAOF", "127.0.0.1", "1");
  while (one.verifier.has_lease()) std::this_thread::sleep_for(milliseconds{1});
  EXPECT_EQ(one.verdict(token), "unavailable redis");
  server.run("REPLICAOF", "NO", "ONE");
  one.catch_up();
  EXPECT_THAT(one.verdict(token), ::testing::StartsWith("valid"));
}

TEST_F(LiveVerifierTest, G3_ManyThatMissTogetherAskOnce) {
  LiveOne one(server.target(), kLong);
  one.catch_up();
  server.pause();
  std::vector<std::future<verify::Judgement>> all;
  for (int i = 0; i < 200; ++i) {
    const auto told = std::make_shared<std::promise<verify::Judgement>>();
    all.push_back(told->get_future());
    one.verifier.check(token, [told](verify::Judgement answer) { told->set_value(answer); });
  }
  server.resume();
  for (auto& each : all) EXPECT_EQ(each.get().verdict, verify::Verdict::valid);
  EXPECT_EQ(questions(), 1);
}

TEST_F(LiveVerifierTest, G8_AChallengedVerifierWritesNothing) {
  LiveOne one(server.target(), kShort);
  one.catch_up();
  const auto dirty = [&] {
    const auto text = std::string(*server.run("INFO", "persistence").text());
    const std::string name = "rdb_changes_since_last_save:";
    return std::stoll(text.substr(text.find(name) + name.size()));
  };
  const auto before = dirty();
  for (int i = 0; i < 20; ++i) {
    one.verdict(token);
    one.catch_up();
  }
  EXPECT_EQ(dirty(), before);
}

TEST_F(LiveVerifierTest, GarbageTakesNoRoom) {
  LiveVerifierOptions options;
  options.cache_entries = 1;
  LiveOne one(server.target(), kLong, options);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "valid redis");
  for (int i = 0; i < 1'000; ++i) {
    std::string garbage = token;
    garbage[static_cast<std::size_t>(i) % token.size()] ^= 1;
    EXPECT_THAT(one.verdict(garbage), ::testing::StartsWith("invalid"));
  }
  EXPECT_EQ(one.verdict(token), "valid cache");
}

TEST_F(LiveVerifierTest, OtherKeysMakeAllOfItUnknown) {
  LiveOne one(server.target(), kLong);
  one.catch_up();
  EXPECT_EQ(one.verdict(token), "valid redis");
  auto none = std::make_shared<const verify::AccessTokenVerifier>(
      verify::options(), jose::KeySet(std::vector<jose::NamedKey>{}));
  one.verifier.use(std::move(none));
  EXPECT_EQ(one.verdict(token), "invalid not_signed_by_us");
  one.verifier.use(tokens_of_tests());
  EXPECT_EQ(one.verdict(token), "valid redis");
}

TEST_F(LiveVerifierTest, AnEndTellsAllWhoWait) {
  auto one = std::make_unique<LiveOne>(server.target(), kShort);
  one->catch_up();
  server.pause();
  std::vector<std::future<verify::Judgement>> all;
  for (int i = 0; i < 10; ++i) {
    const auto told = std::make_shared<std::promise<verify::Judgement>>();
    all.push_back(told->get_future());
    one->verifier.check(token, [told](verify::Judgement answer) { told->set_value(answer); });
  }
  std::thread later([&] { server.resume(); });
  one.reset();
  later.join();
  for (auto& each : all) {
    EXPECT_EQ(each.wait_for(seconds{0}), std::future_status::ready);
  }
}

// --- what takes a token back ---------------------------------------------------------------------

class TakenBackTest : public LiveVerifierTest {
 protected:
  const core::Reason reason = core::Reason::admin;
  std::string sid() const { return session.sid(); }
  std::string jti() const { return session.live.jti; }
  std::int64_t now_ms() { return count(client.clock.wall()); }

  /// G1: acknowledged at T, refused by every check that begins after T + max_staleness. And it is
  /// learnt by a push: with a lease of ten seconds nobody waits for its end.
  void expect_refused_after(const std::function<void()>& act, const std::string& verdict) {
    LiveOne slow(server.target(), kLong);
    LiveOne strict(server.target(), kShort);
    slow.catch_up();
    strict.catch_up();
    ASSERT_EQ(slow.verdict(token), "valid redis");
    ASSERT_EQ(strict.verdict(token), "valid redis");
    act();
    const auto acknowledged = strict.clock.steady();
    for (bool refused = false; !refused;) {
      const auto began = strict.clock.steady();
      const auto said = strict.verdict(token);
      refused = said == verdict;
      if (refused) break;
      ASSERT_THAT(said, ::testing::StartsWith("valid"));
      ASSERT_LT(began - acknowledged, kShort) << "later than the bound";
    }
    slow.catch_up();
    EXPECT_EQ(slow.verdict(token), verdict);
  }
};

TEST_F(TakenBackTest, ByItsJti) {
  expect_refused_after(
      [&] {
        client.get(client.store.revoke_token(jti(), session.live.access.expires_at, reason, {}));
      },
      "revoked jti");
}

TEST_F(TakenBackTest, ByItsSession) {
  expect_refused_after(
      [&] {
        client.get(
            client.store.close(alice, session.session.sid, reason, session.live.access.expires_at));
      },
      "revoked session");
}

TEST_F(TakenBackTest, ByItsSubject) {
  expect_refused_after([&] { client.get(client.store.revoke_subject(alice, reason)); },
                       "revoked subject");
}

TEST_F(TakenBackTest, WithEverybody) {
  expect_refused_after([&] { client.get(client.store.revoke_all(reason)); }, "revoked all");
}

TEST_F(TakenBackTest, ByAForeignHand) {
  expect_refused_after([&] { server.run("SET", keys.blacklisted_jti(jti()), "1", "EX", 900); },
                       "revoked jti");
}

TEST_F(TakenBackTest, ByAForeignWatermark) {
  expect_refused_after(
      [&] {
        server.run("SET", keys.blacklisted_subject("alice"), std::to_string(now_ms() + 1000));
      },
      "revoked subject");
}

TEST_F(TakenBackTest, ByAForeignTransaction) {
  expect_refused_after(
      [&] {
        server.run(
            "EVAL",
            "redis.call('SET', KEYS[1], '1', 'EX', 900) return redis.call('SET', KEYS[2], 'x')", 2,
            keys.blacklisted_session(sid()), "another");
      },
      "revoked session");
}

TEST_F(TakenBackTest, ByAFlush) {
  expect_refused_after(
      [&] {
        server.run("FLUSHALL");
        publish(core::Strategy::blacklist);
      },
      "revoked lost");
}

// --- the whitelist strategy ----------------------------------------------------------------------

class WhitelistedTest : public VerifierWorld {
 protected:
  WhitelistedTest() { publish(core::Strategy::whitelist); }
};

TEST_F(WhitelistedTest, R18_ATokenIsDeadWithItsPlaceHoweverThatGoes) {
  LiveOne one(server.target(), kLong, {}, core::Strategy::whitelist);
  const auto place = [&](const StoreClient::Opened& session) {
    return keys.whitelisted_jti("alice", session.live.jti);
  };
  const auto deleted = client.open(alice);
  const auto shortened = client.open(alice);
  const auto left_alone = client.open(alice);
  one.catch_up();
  for (const auto* session : {&deleted, &shortened, &left_alone}) {
    ASSERT_EQ(one.verdict(token_of(*session)), "valid redis");
    ASSERT_EQ(one.verdict(token_of(*session)), "valid cache");
  }
  server.run("DEL", place(deleted));
  server.run("PEXPIRE", place(shortened), 300);
  one.catch_up();
  EXPECT_EQ(one.verdict(token_of(deleted)), "revoked whitelist");
  EXPECT_EQ(one.verdict(token_of(left_alone)), "valid cache");
  // That it will end was pushed; that it has ended, nobody need say.
  for (std::string said; said != "revoked whitelist";) {
    const bool has_ended = integer(server.run("PTTL", place(shortened))) < 0;
    said = one.verdict(token_of(shortened));
    ASSERT_FALSE(has_ended && said != "revoked whitelist") << said;
  }
}

}  // namespace
}  // namespace recant::redis
