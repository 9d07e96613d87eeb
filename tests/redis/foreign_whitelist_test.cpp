// redis.foreign_writers: what other services whitelisted for a subject goes when that is revoked
// (contract §1), and nothing else does.
#include <gmock/gmock.h>

#include <algorithm>

#include "monitor.hpp"
#include "session_store_fixture.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;

constexpr const char* kForeignJti = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";  // a version 4 UUID

SessionStoreOptions beside_foreign_writers() {
  SessionStoreOptions options;
  options.foreign_writers = true;
  options.longest_life = std::chrono::hours{5};
  return options;
}

class ForeignWhitelistTest : public SessionStoreTest {
 protected:
  ForeignWhitelistTest() { beside.policy.saw({core::Strategy::whitelist}); }

  /// A server that is set to look for them; `client` is set not to.
  StoreClient beside{server.target(), 5, keys, Scripts::embedded(), beside_foreign_writers()};

  /// As another service does, for 15 minutes; the key.
  std::string whitelist(const std::string& subject, const std::string& jti) {
    const auto place = keys.whitelisted_jti(subject, jti);
    server.run("SET", place, "1", "EX", 900);
    return place;
  }
  void revoke(const core::Subject& subject) {
    beside.get(beside.store.revoke_subject(subject, core::Reason::admin));
    beside.tidy_all(subject, core::Reason::admin);
  }
  /// The version 7 UUID of an instant, which is what our own jtis are.
  std::string version7(UnixMillis instant) {
    return Uuid::version7(instant, beside.random.bytes<10>()).to_string();
  }
};

TEST_F(ForeignWhitelistTest, WhatOthersWhitelistedGoesAndIsBlacklisted) {
  const auto now = client.gate(kAlice).store_time;
  for (const std::string& jti :
       {std::string(kForeignJti), std::string("42"), std::string("a:b {c}%"), std::string("*"),
        version7(now - seconds{60}), version7(now + std::chrono::minutes{3})}) {
    const auto place = whitelist("alice", jti);
    const auto ends = expiry(place);
    revoke(kAlice);
    EXPECT_FALSE(stands(place)) << jti;
    EXPECT_EQ(value(keys.blacklisted_jti(jti)), "1");
    EXPECT_EQ(value(keys.reason_for_jti(jti)), "admin");
    EXPECT_EQ(expiry(keys.blacklisted_jti(jti)), ends + kMarginMs);
    EXPECT_EQ(expiry(keys.reason_for_jti(jti)), ends + kMarginMs);
  }
}

TEST_F(ForeignWhitelistTest, APlaceWithoutAnEndIsHeldDownForAsLongAsAnyTokenCouldLive) {
  const auto place = keys.whitelisted_jti("alice", kForeignJti);
  server.run("SADD", place, "of another type");
  const auto before = client.gate(kAlice).store_time;
  revoke(kAlice);
  EXPECT_FALSE(stands(place));
  EXPECT_GE(expiry(keys.blacklisted_jti(kForeignJti)),
            count(before + beside_foreign_writers().longest_life) + kMarginMs);
}

TEST_F(ForeignWhitelistTest, OurOwnOfARevokedSessionGoToo) {
  const auto opened = beside.open(kAlice);
  const auto second = *beside.rotate(opened.session, 0).live;
  // A foreign hand took the record, so that its places are in no list of ours.
  server.run("DEL", keys.session("alice", opened.sid()));
  revoke(kAlice);
  for (const auto& live : {opened.live, second}) {
    EXPECT_FALSE(stands(keys.whitelisted_jti("alice", live.jti)));
    EXPECT_TRUE(stands(keys.blacklisted_jti(live.jti)));
  }
}

TEST_F(ForeignWhitelistTest, WhoSignsInAgainKeepsTheirPlaces) {
  beside.open(kAlice);
  const auto foreign = whitelist("alice", kForeignJti);
  const auto revoked = beside.get(beside.store.revoke_subject(kAlice, core::Reason::admin));
  const auto again = beside.open(kAlice);
  const auto refreshed = *beside.rotate(again.session, 0).live;
  // Its jtis are older than the watermark, which is a second ahead of the clock.
  ASSERT_LT(Uuid::parse(again.live.jti)->time(), revoked.watermark);
  EXPECT_EQ(beside.tidy_all(kAlice, core::Reason::admin), 1);
  EXPECT_FALSE(stands(foreign));
  for (const auto& live : {again.live, refreshed}) {
    EXPECT_TRUE(stands(keys.whitelisted_jti("alice", live.jti)));
    EXPECT_FALSE(stands(keys.blacklisted_jti(live.jti)));
  }
  EXPECT_EQ(beside.rotate(again.session, 1).outcome, RefreshOutcome::rotated);
}

// With more sessions than a call may read, what has the form of ours is left alone.
TEST_F(ForeignWhitelistTest, SoDoManyWhoSignInAgain) {
  const auto foreign = whitelist("alice", kForeignJti);
  beside.get(beside.store.revoke_subject(kAlice, core::Reason::admin));
  std::vector<std::string> places;
  for (int i = 0; i < 100; ++i) {
    places.push_back(keys.whitelisted_jti("alice", beside.open(kAlice).live.jti));
  }
  beside.tidy_all(kAlice, core::Reason::admin);
  EXPECT_FALSE(stands(foreign));
  for (const auto& place : places) EXPECT_TRUE(stands(place)) << place;
}

TEST_F(ForeignWhitelistTest, WhatIsWhitelistedBetweenTheWatermarkAndTheWalkGoesToo) {
  beside.get(beside.store.revoke_subject(kAlice, core::Reason::admin));
  const auto foreign = whitelist("alice", kForeignJti);
  beside.tidy_all(kAlice, core::Reason::admin);
  EXPECT_FALSE(stands(foreign));
}

TEST_F(ForeignWhitelistTest, NobodyElsesGoWhateverTheNames) {
  const std::vector<std::string> names{"alice",   "alice2", "alic",        "Alice",   "*",
                                       "?lice",   "[a]*",   "[a-z]*",      "\\",      "\\*",
                                       "al\\ice", "a*",     "alice:jti:x", "alice%",  "{alice}",
                                       "{",       "}",      "a b",         "z\u00fc", "node/alice"};
  for (const std::string& revoked : names) {
    std::vector<std::string> places;
    for (const std::string& name : names) places.push_back(whitelist(name, kForeignJti));
    revoke(subject_named(revoked));
    for (std::size_t i = 0; i < names.size(); ++i) {
      EXPECT_EQ(stands(places[i]), names[i] != revoked) << revoked << " took " << names[i];
    }
  }
}

TEST_F(ForeignWhitelistTest, AnotherApplicationsOnTheSameRedisStay) {
  auto form = key_form();
  form.prefix += "other:";
  const Keys others(form);
  for (const char* prefix : {"other:", "x"}) {
    server.run("SET", std::string(prefix) + keys.whitelisted_jti("alice", kForeignJti), "1", "EX",
               900);
  }
  server.run("SET", others.whitelisted_jti("alice", kForeignJti), "1", "EX", 900);
  const auto before = server.run("KEYS", "*whitelist*").elements().size();
  revoke(kAlice);
  EXPECT_EQ(server.run("KEYS", "*whitelist*").elements().size(), before);
}

TEST_F(ForeignWhitelistTest, WithoutTheSettingNobodyWalks) {
  const auto foreign = whitelist("alice", kForeignJti);
  Monitor monitor(server);
  client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  client.tidy_all(kAlice, core::Reason::admin);
  for (const Seen& seen : monitor.seen()) EXPECT_NE(seen.words[0], "scan");
  EXPECT_TRUE(stands(foreign));
}

TEST_F(ForeignWhitelistTest, WithoutAWatermarkNothingIsTakenBack) {
  const auto foreign = whitelist("alice", kForeignJti);
  const auto opened = beside.open(kAlice);
  beside.tidy_all(kAlice, core::Reason::admin);
  EXPECT_TRUE(stands(foreign));
  EXPECT_TRUE(stands(keys.whitelisted_jti("alice", opened.live.jti)));
}

TEST_F(ForeignWhitelistTest, ThousandsGoInBatchesOfAtMost256Keys) {
  constexpr int kPlaces = 3000;
  for (int i = 0; i < kPlaces; ++i) {
    whitelist("alice", "jti-" + std::to_string(i));
    whitelist("bob", "jti-" + std::to_string(i));
  }
  beside.get(beside.store.revoke_subject(kAlice, core::Reason::admin));
  for (int i = 0; i < 70; ++i) beside.open(kAlice);
  std::string after;
  int calls = 0;
  do {
    Monitor monitor(server);
    auto batch = beside.get(beside.store.tidy(kAlice, core::Reason::admin, after));
    after = std::move(batch.next);
    ++calls;
    int scans = 0;
    for (const Seen& seen : monitor.seen()) scans += seen.words[0] == "scan" ? 1 : 0;
    EXPECT_EQ(scans, 1) << "one page is all that is held in memory";
  } while (!after.empty());
  EXPECT_GE(calls, 6'000 / 256 - 1) << "a page is some 256 keys";
  EXPECT_EQ(server.run("KEYS", keys.whitelisted_jti("bob", "*")).elements().size(), kPlaces);
  EXPECT_EQ(server.run("KEYS", keys.whitelisted_jti("alice", "jti-*")).elements().size(), 0u);

  for (int i = 0; i < kPlaces; ++i) whitelist("alice", "jti-" + std::to_string(i));
  Monitor monitor(server);
  beside.tidy_all(kAlice, core::Reason::admin);
  std::size_t most = 0;
  for (const auto& call : monitor.scripts()) most = std::max(most, call.keys().size());
  EXPECT_LE(most, 256u);
  EXPECT_GT(most, 128u) << "batches could be larger";
}

TEST_F(ForeignWhitelistTest, OneThatMayNotWalkIsUnavailable) {
  const auto foreign = whitelist("alice", kForeignJti);
  beside.get(beside.store.revoke_subject(kAlice, core::Reason::admin));
  server.run("ACL", "SETUSER", "default", "-scan");
  EXPECT_FALSE(beside.run(beside.store.tidy(kAlice, core::Reason::admin, {})));
  server.run("ACL", "SETUSER", "default", "+scan");
  // What a Redis before this one said is nothing that this one knows.
  EXPECT_FALSE(beside.run(beside.store.tidy(kAlice, core::Reason::admin, "cursor x")));
  EXPECT_TRUE(stands(foreign));
  beside.tidy_all(kAlice, core::Reason::admin);
  EXPECT_FALSE(stands(foreign));
}

TEST_F(ForeignWhitelistTest, AFullRedisKeepsNothingAlive) {
  const auto foreign = whitelist("alice", kForeignJti);
  server.run("CONFIG", "SET", "maxmemory", "1");
  revoke(kAlice);
  EXPECT_FALSE(stands(foreign));
  EXPECT_TRUE(stands(keys.blacklisted_jti(kForeignJti)));
}

}  // namespace
}  // namespace recant::redis
