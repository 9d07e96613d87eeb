// A Redis that is full: nothing is issued, and everything can be taken back.
#include <gtest/gtest.h>

#include "store_world.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;

const core::Subject kAlice = subject_named("alice");

class FullRedisTest : public StoreWorld {
 protected:
  const Keys& keys = client.keys;

  /// Any command that needs memory is refused from here on.
  void fill() {
    server.run("CONFIG", "SET", "maxmemory-policy", "noeviction");
    server.run("CONFIG", "SET", "maxmemory", "1");
    ASSERT_EQ(server.run("SET", "anything", "x").error().code, RedisErrc::oom);
  }
  void empty() { server.run("CONFIG", "SET", "maxmemory", "0"); }

  template <class T>
  void expect_oom(Task<service::Stored<T>> task) {
    const auto result = client.run(std::move(task));
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().why.starts_with("oom")) << result.error().why;
  }
};

TEST_F(FullRedisTest, NothingIsIssuedAndNothingHalfDone) {
  const auto opened = client.open(kAlice);
  const auto gate = client.gate(kAlice);
  fill();
  const auto keys_before = integer(server.run("DBSIZE"));
  expect_oom(client.store.open(client.new_session(kAlice, gate)));
  expect_oom(client.store.rotate(client.rotation(opened.session, 0)));
  expect_oom(client.store.probe());
  EXPECT_EQ(integer(server.run("DBSIZE")), keys_before);
  empty();
  EXPECT_TRUE(client.run(client.store.probe()));
  EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::rotated);
}

TEST_F(FullRedisTest, ASessionCanBeEnded) {
  const auto first = client.open(kAlice);
  const auto second = client.open(kAlice);
  const auto third = client.open(kAlice);
  fill();
  EXPECT_TRUE(client.get(client.store.close(kAlice, first.session.sid, core::Reason::logout, {})));
  EXPECT_TRUE(
      client.get(client.store.close_existing(kAlice, second.session.sid, core::Reason::logout)));
  client.get(client.store.blacklist_session(third.session.sid.to_string(), core::Reason::admin));
  for (const auto* session : {&first, &second, &third}) {
    EXPECT_TRUE(stands(keys.blacklisted_session(session->sid())));
  }
  EXPECT_TRUE(stands(keys.blacklisted_jti(first.live.jti)));
}

TEST_F(FullRedisTest, ATokenASubjectAndEverybodyCanBeRevoked) {
  const auto opened = client.open(kAlice);
  for (int i = 0; i < 50; ++i) client.open(kAlice);
  fill();
  client.get(
      client.store.revoke_token("a-jti", opened.live.access.expires_at, core::Reason::admin, {}));
  EXPECT_TRUE(stands(keys.blacklisted_jti("a-jti")));
  EXPECT_EQ(client.get(client.store.revoke_subject(kAlice, core::Reason::admin)).sessions, 51);
  EXPECT_EQ(client.tidy_all(kAlice, core::Reason::admin), 51);
  EXPECT_FALSE(stands(keys.sessions("alice")));
  client.get(client.store.revoke_all(core::Reason::admin));
  EXPECT_TRUE(stands(keys.blacklisted_all()));
}

TEST_F(FullRedisTest, WhatItCanStillBeAskedIsAnswered) {
  const auto opened = client.open(kAlice);
  fill();
  EXPECT_EQ(client.gate(kAlice).subject_watermark, std::nullopt);
  EXPECT_EQ(client.get(client.store.list(kAlice, "", 10)).sessions.size(), 1u);
}

TEST_F(FullRedisTest, AReplicaIsNotReady) {
  EXPECT_TRUE(client.run(client.store.probe()));
  server.run("REPLICAOF", "127.0.0.1", "1");
  const auto result = client.run(client.store.probe());
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().why.starts_with("readonly")) << result.error().why;
}

}  // namespace
}  // namespace recant::redis
