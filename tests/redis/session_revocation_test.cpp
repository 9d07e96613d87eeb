// Ending many, beside foreign services: watermarks, lives that are never shortened, tidying.
#include <gmock/gmock.h>
#include <functional>
#include <utility>
#include <vector>

#include "session_store_fixture.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;
using service::OpenOutcome;

TEST_F(SessionStoreTest, WhatAForeignServiceLogsOutStaysOut) {
  using Foreign = std::function<void(const StoreClient::Opened&)>;
  const std::vector<std::pair<const char*, Foreign>> acts{
      {"DEL refresh_token",
       [&](const auto& s) {
         server.run("DEL", keys.refresh_token(s.session.subject.text(), s.session.refresh_id));
       }},
      {"SET blacklist:jti",
       [&](const auto& s) { server.run("SET", keys.blacklisted_jti(s.live.jti), "0", "EX", 60); }},
      {"SADD blacklist:jti",
       [&](const auto& s) { server.run("SADD", keys.blacklisted_jti(s.live.jti), "x"); }},
      {"SET blacklist:session",
       [&](const auto& s) { server.run("SET", keys.blacklisted_session(s.sid()), "x"); }},
      {"SET blacklist:user",
       [&](const auto& s) {
         server.run("SET", keys.blacklisted_subject(s.session.subject.text()), "1", "EX", 60);
       }},
  };
  for (std::size_t i = 0; i < acts.size(); ++i) {
    SCOPED_TRACE(acts[i].first);
    const auto opened = client.open(subject_named("user-" + std::to_string(i)));
    acts[i].second(opened);
    EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::revoked);
    EXPECT_FALSE(stands(keys.session(opened.session.subject.text(), opened.sid())));
    EXPECT_TRUE(stands(keys.blacklisted_session(opened.sid())));
    EXPECT_EQ(value(keys.reason_for_session(opened.sid())), "foreign");
    EXPECT_TRUE(stands(keys.blacklisted_jti(opened.live.jti)));
  }
}

TEST_F(SessionStoreTest, AnOldTokensBlacklistingCountsWhileItLives) {
  const auto opened = client.open(kAlice);
  client.rotate(opened.session, 0);
  client.rotate(opened.session, 1);
  client.get(client.store.revoke_token(opened.live.jti, opened.live.access.expires_at,
                                       core::Reason::admin, {}));
  EXPECT_EQ(client.rotate(opened.session, 2).outcome, RefreshOutcome::revoked);
  EXPECT_EQ(value(keys.reason_for_session(opened.sid())), "admin");
}

struct ForeignWatermark {
  const char* value;
  bool everything;
};

class ForeignWatermarkTest : public SessionStoreTest,
                             public ::testing::WithParamInterface<ForeignWatermark> {};

TEST_P(ForeignWatermarkTest, MeansWhatTheContractSays) {
  const auto [raw, everything] = GetParam();
  const auto opened = client.open(kAlice);
  const auto key = keys.blacklisted_subject("alice");
  server.run("SET", key, raw, "PX", 3'600'000);
  const auto foreign_expiry = expiry(key);

  const auto gate = client.gate(kAlice);
  EXPECT_EQ(gate.subject_watermark, raw);
  EXPECT_EQ(gate.earliest_begin == UnixMillis::max(), everything);
  const auto outcome = client.get(client.store.open(client.new_session(kAlice, gate)));
  EXPECT_EQ(outcome.kind == OpenOutcome::Kind::opened, !everything);

  const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  if (everything) {
    EXPECT_EQ(revoked.watermark, UnixMillis::max());
    EXPECT_EQ(value(key), raw) << "a watermark was lowered";
  } else {
    EXPECT_GE(revoked.watermark, opened.live.now + seconds{1});
    EXPECT_EQ(value(key), std::to_string(count(revoked.watermark)));
  }
  EXPECT_GT(expiry(key), foreign_expiry);
  EXPECT_GE(expiry(key), count(opened.live.session_end) + kMarginMs);
  EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::revoked);
}

INSTANTIATE_TEST_SUITE_P(
    Values, ForeignWatermarkTest,
    ::testing::Values(
        ForeignWatermark{"1", true}, ForeignWatermark{"yes", true}, ForeignWatermark{"0", true},
        ForeignWatermark{"", true}, ForeignWatermark{"-1700000000000", true},
        ForeignWatermark{"+1700000000000", true}, ForeignWatermark{"999999999999", true},
        ForeignWatermark{"1000000000000", false}, ForeignWatermark{"1700000000000", false},
        ForeignWatermark{"1700000000000.0", true}, ForeignWatermark{"1.7e12", true},
        ForeignWatermark{"0x18bcfe56800", true}, ForeignWatermark{" 1700000000000", true},
        ForeignWatermark{"1700000000000\n", true},
        ForeignWatermark{"99999999999999999999999", true},
        ForeignWatermark{"9223372036854775807", true}, ForeignWatermark{"281474976710655", true}));

constexpr std::int64_t kHourMs = 3'600'000;

TEST_F(SessionStoreTest, AForeignWatermarkFarAheadIsRaisedByOne) {
  const auto ahead = count(client.gate(kAlice).store_time) + kHourMs;
  server.run("SET", keys.blacklisted_subject("alice"), ahead);
  const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  EXPECT_EQ(count(revoked.watermark), ahead + 1);
  EXPECT_EQ(expiry(keys.blacklisted_subject("alice")), -1) << "what stood for ever has an end";
  EXPECT_EQ(client.open(kAlice).session.sid.time(), revoked.watermark + milliseconds{1});
}

TEST_F(SessionStoreTest, NobodySignsInBeyondAWatermarkMoreThanADayAhead) {
  const auto now = count(client.gate(kAlice).store_time);
  const auto within = now + 24 * kHourMs;
  for (const auto& key : {keys.blacklisted_subject("alice"), keys.blacklisted_all()}) {
    server.run("SET", key, within);
    EXPECT_EQ(count(client.gate(kAlice).earliest_begin), within + 1);
    server.run("SET", key, now + 25 * kHourMs);
    EXPECT_EQ(client.gate(kAlice).earliest_begin, UnixMillis::max());
    server.run("SET", key, "9999999999999");  // as somebody writes who means for ever
    EXPECT_EQ(client.gate(kAlice).earliest_begin, UnixMillis::max());
    server.run("DEL", key);
  }
}

/// A session that comes right after a revocation begins beyond its watermark, ahead of the clock by
/// more than the second that the next watermark goes by itself. It is within a millisecond that
/// this happens; watermarks far ahead make as much room for it as a test needs.
TEST_F(SessionStoreTest, ASessionAheadOfTheClockIsReachedByEveryRevocation) {
  int number = 0;
  for (const bool begins_behind_all : {false, true}) {
    for (const bool watermark_is_lost : {false, true}) {
      for (const bool revokes_all : {false, true}) {
        SCOPED_TRACE(std::to_string(begins_behind_all) + std::to_string(watermark_is_lost) +
                     std::to_string(revokes_all));
        const auto subject = subject_named("user-" + std::to_string(++number));
        const auto ahead = count(client.gate(subject).earliest_begin) + kHourMs;
        const auto key =
            begins_behind_all ? keys.blacklisted_all() : keys.blacklisted_subject(subject.text());
        server.run("SET", key, ahead);
        const auto opened = client.open(subject);
        EXPECT_EQ(count(opened.session.sid.time()), ahead + 1);
        if (watermark_is_lost) server.run("DEL", key);
        const auto watermark =
            revokes_all
                ? client.get(client.store.revoke_all(core::Reason::admin))
                : client.get(client.store.revoke_subject(subject, core::Reason::admin)).watermark;
        EXPECT_GE(watermark, opened.session.sid.time());
        EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::revoked);
        const auto next = client.open(subject);
        EXPECT_GT(next.session.sid.time(), watermark);
        EXPECT_EQ(client.rotate(next.session, 0).outcome, RefreshOutcome::rotated);
        server.run("FLUSHALL");
      }
    }
  }
}

TEST_F(SessionStoreTest, OneSubjectsSessionAheadOfTheClockMovesNobodyElsesWatermark) {
  const auto now = client.gate(kAlice).store_time;
  server.run("SET", keys.blacklisted_subject("alice"), count(now) + kHourMs);
  client.open(kAlice);
  const auto bob =
      client.get(client.store.revoke_subject(subject_named("bob"), core::Reason::admin));
  EXPECT_LT(bob.watermark, now + milliseconds{kHourMs});
}

TEST_F(SessionStoreTest, WhatIsAheadOfTheClockIsForgottenWhenTheClockHasComeToIt) {
  const auto opened = client.open(kAlice);
  EXPECT_FALSE(stands(keys.ahead())) << "a session of now";
  server.run("ZADD", keys.ahead(), count(opened.live.now) - 1, "long ago");
  UnixMillis latest{};
  for (const char* name : {"alice", "bob"}) {
    const auto ahead = count(opened.live.now) + (name == std::string("bob") ? 2 : 1) * kHourMs;
    server.run("SET", keys.blacklisted_subject(name), ahead);
    latest = client.open(subject_named(name)).session.sid.time();
    EXPECT_EQ(expiry(keys.ahead()), count(latest));
  }
  server.run("DEL", keys.blacklisted_subject("bob"));
  server.run("SET", keys.blacklisted_subject("bob"), count(opened.live.now) + kHourMs);
  client.open(subject_named("bob"));
  EXPECT_EQ(expiry(keys.ahead()), count(latest)) << "the latest of each counts";
  EXPECT_TRUE(server.run("ZSCORE", keys.ahead(), "long ago").is_null());
  EXPECT_EQ(integer(server.run("ZCARD", keys.ahead())), 2);
}

TEST_F(SessionStoreTest, WhatAForeignHandMadeOfTheListAheadKeepsNoRevocationAway) {
  for (const auto* kind : {"SADD", "SET"}) {
    const auto opened = client.open(kAlice);
    server.run(kind, keys.ahead(), "x");
    client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
    client.get(client.store.revoke_all(core::Reason::admin));
    EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::revoked);
    server.run("FLUSHALL");
  }
}

TEST_F(SessionStoreTest, AWatermarkThatStandsLongerKeepsItsLife) {
  client.open(kAlice);
  const auto later = count(client.gate(kAlice).store_time) + 400LL * 86'400'000;
  for (const auto& key : {keys.blacklisted_subject("alice"), keys.blacklisted_all()}) {
    server.run("SET", key, "1700000000000", "PXAT", later);
    client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
    client.get(client.store.revoke_all(core::Reason::admin));
    EXPECT_EQ(expiry(key), later);
  }
  EXPECT_EQ(expiry(keys.reason_for_subject("alice")), later);
}

// docs/redis-keys.md quotes what is printed, of names without a prefix.
TEST_F(SessionStoreTest, ASessionTakesAtMost700BytesOfRedis) {
  if (keys.sessions("a") != Keys().sessions("a"))
    GTEST_SKIP() << "longer names take their own bytes";
  const auto alice = subject_named("0190a1b2-0000-7000-8000-000000000001");
  const auto opened = client.open(alice);
  std::int64_t bytes = 0;
  for (const auto& key : {keys.session(alice.text(), opened.sid()), keys.sessions(alice.text()),
                          keys.refresh_token(alice.text(), opened.session.refresh_id)}) {
    const auto used = integer(server.run("MEMORY", "USAGE", key));
    RecordProperty(key.substr(0, key.find(':')), std::to_string(used));
    bytes += used;
  }
  EXPECT_LE(bytes, 700);
  // After a refresh whose predecessor is still inside the grace, too.
  client.rotate(opened.session, 0);
  const auto record = keys.session(alice.text(), opened.sid());
  RecordProperty("session_refreshed",
                 std::to_string(integer(server.run("MEMORY", "USAGE", record))));
  EXPECT_EQ(server.run("OBJECT", "ENCODING", record).text(), "listpack");
}

TEST_F(SessionStoreTest, AWatermarkOfAnotherTypeIsUnavailable) {
  const auto opened = client.open(kAlice);
  server.run("SADD", keys.blacklisted_subject("alice"), "x");
  EXPECT_FALSE(client.run(client.store.read_gate(kAlice)));
  EXPECT_FALSE(client.run(client.store.rotate(client.rotation(opened.session, 0))));
  EXPECT_FALSE(client.run(client.store.revoke_subject(kAlice, core::Reason::admin)));
  EXPECT_FALSE(client.run(client.store.list(kAlice, "", 10)));
}

TEST_F(SessionStoreTest, AnIndexOfAnotherTypeKeepsNoSessionAlive) {
  const auto opened = client.open(kAlice);
  server.run("DEL", keys.sessions("alice"));
  server.run("SET", keys.sessions("alice"), "x");
  EXPECT_TRUE(client.get(client.store.close(kAlice, opened.session.sid, core::Reason::logout, {})));
  EXPECT_TRUE(stands(keys.blacklisted_session(opened.sid())));
  expect_token_dead(opened.live, "logout");
  // But none is opened that nobody could find.
  const auto session = client.new_session(kAlice, client.gate(kAlice));
  EXPECT_FALSE(client.run(client.store.open(session)));
  EXPECT_FALSE(stands(keys.session("alice", session.sid.to_string())));
  EXPECT_FALSE(stands(keys.refresh_token("alice", session.refresh_id)));
}

TEST_F(SessionStoreTest, AnIndexOfAnotherTypeDoesNotKeepTheWatermarkAway) {
  const auto opened = client.open(kAlice);
  server.run("DEL", keys.sessions("alice"));
  server.run("SET", keys.sessions("alice"), "x");
  const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  EXPECT_EQ(revoked.sessions, 0) << "nobody knows";
  EXPECT_EQ(value(keys.blacklisted_subject("alice")), std::to_string(count(revoked.watermark)));
  EXPECT_GE(revoked.watermark, opened.session.sid.time());
}

TEST_F(SessionStoreTest, AbsurdEndsOfAForeignHandKeepNoRevocationAway) {
  for (const char* end : {"inf", "1e300", "-inf"}) {
    const auto first = client.open(kAlice);
    const auto second = client.open(kAlice);
    server.run("ZADD", keys.sessions("alice"), end, "x");
    server.run("SET", keys.horizon(), *end == '-' ? "nan" : "99999999999999999999999");
    EXPECT_TRUE(client.get(
        client.store.close(kAlice, first.session.sid, core::Reason::logout, unix_millis(0))));
    expect_closed(first, "logout");
    client.get(client.store.blacklist_session(second.session.sid.to_string(), core::Reason::admin));
    EXPECT_TRUE(stands(keys.blacklisted_session(second.session.sid.to_string())));
    const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
    EXPECT_EQ(value(keys.blacklisted_subject("alice")), std::to_string(count(revoked.watermark)));
    const auto everybody = client.get(client.store.revoke_all(core::Reason::admin));
    EXPECT_EQ(value(keys.blacklisted_all()), std::to_string(count(everybody)));
    server.run("FLUSHALL");
  }
}

TEST_F(SessionStoreTest, NoEntryIsEverShortened) {
  const auto opened = client.open(kAlice);
  const auto exp = opened.live.access.expires_at;
  const auto later = millis(exp) + 10 * kMarginMs;
  server.run("SET", keys.blacklisted_jti(opened.live.jti), "foreign", "PXAT", later);
  server.run("SET", keys.blacklisted_session(opened.sid()), "foreign");
  client.get(client.store.revoke_token(opened.live.jti, exp, core::Reason::admin, {}));
  client.get(client.store.close(kAlice, opened.session.sid, core::Reason::logout, exp));
  client.get(client.store.blacklist_session(opened.session.sid.to_string(), core::Reason::admin));
  EXPECT_EQ(expiry(keys.blacklisted_jti(opened.live.jti)), later);
  EXPECT_EQ(expiry(keys.blacklisted_session(opened.sid())), -1);

  client.get(client.store.revoke_token("j", exp + seconds{60}, core::Reason::admin, {}));
  client.get(client.store.revoke_token("j", exp, core::Reason::logout, {}));
  EXPECT_EQ(expiry(keys.blacklisted_jti("j")), millis(exp + seconds{60}) + kMarginMs);
  client.get(client.store.revoke_token("j", exp + seconds{90}, core::Reason::logout, {}));
  EXPECT_EQ(expiry(keys.blacklisted_jti("j")), millis(exp + seconds{90}) + kMarginMs);
}

TEST_F(SessionStoreTest, NoWatermarkIsEverLoweredOrShortened) {
  client.open(kAlice);
  const auto key = keys.blacklisted_subject("alice");
  UnixMillis last{};
  std::int64_t last_expiry = 0;
  for (int i = 0; i < 50; ++i) {
    const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
    EXPECT_GT(revoked.watermark, last);
    EXPECT_GE(expiry(key), last_expiry);
    last = revoked.watermark;
    last_expiry = expiry(key);
    if (i == 20) client.tidy_all(kAlice, core::Reason::admin);
  }
  server.run("PERSIST", key);
  client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  EXPECT_EQ(expiry(key), -1);
}

TEST_F(SessionStoreTest, RevokingASubjectIsOneWriteThatLastsUntilItsLastSessionCouldEnd) {
  const auto longest = client.open(kAlice);
  client.lifetimes.idle = std::chrono::hours{1};
  client.open(kAlice);
  const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::logout_all));
  EXPECT_EQ(revoked.sessions, 2);
  const auto until = count(longest.live.session_end) + kMarginMs;
  EXPECT_EQ(value(keys.blacklisted_subject("alice")), std::to_string(count(revoked.watermark)));
  EXPECT_EQ(expiry(keys.blacklisted_subject("alice")), until);
  EXPECT_EQ(value(keys.reason_for_subject("alice")), "logout_all");
  EXPECT_EQ(expiry(keys.reason_for_subject("alice")), until);
}

TEST_F(SessionStoreTest, WithoutAnIndexTheHorizonSaysForHowLong) {
  const auto bob = client.open(subject_named("bob"));
  client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  const auto horizon = count(bob.live.now + client.lifetimes.absolute);
  EXPECT_EQ(expiry(keys.blacklisted_subject("alice")), horizon + kMarginMs);
}

TEST_F(SessionStoreTest, WithoutAHorizonTheLongestLifeDoes) {
  const auto before = client.gate(kAlice).store_time;
  client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  client.get(client.store.revoke_all(core::Reason::admin));
  const auto least = count(before + SessionStoreOptions{}.longest_life) + kMarginMs;
  EXPECT_GE(expiry(keys.blacklisted_subject("alice")), least);
  EXPECT_GE(expiry(keys.blacklisted_all()), least);
}

TEST_F(SessionStoreTest, RevokingEverybodyLastsUntilTheLastSessionOfAnybodyCouldEnd) {
  const auto alice = client.open(kAlice);
  client.lifetimes.absolute = std::chrono::hours{24 * 365};
  const auto bob = client.open(subject_named("bob"));
  client.lifetimes.absolute = std::chrono::hours{1};
  client.open(subject_named("carol"));
  const auto watermark = client.get(client.store.revoke_all(core::Reason::admin));
  EXPECT_EQ(value(keys.blacklisted_all()), std::to_string(count(watermark)));
  const auto until = count(bob.live.now + std::chrono::hours{24 * 365}) + kMarginMs;
  EXPECT_EQ(expiry(keys.blacklisted_all()), until);
  EXPECT_EQ(value(keys.reason_for_all()), "admin");
  EXPECT_EQ(client.rotate(alice.session, 0).outcome, RefreshOutcome::revoked);
  EXPECT_EQ(value(keys.reason_for_session(alice.sid())), "admin");
  EXPECT_EQ(client.rotate(client.open(kAlice).session, 0).outcome, RefreshOutcome::rotated);
}

TEST_F(SessionStoreTest, TidyingLeavesNothingAliveAndWritesWhatTheRecipeReads) {
  std::vector<StoreClient::Opened> old;
  std::vector<service::LiveGeneration> tokens;
  for (int i = 0; i < 40; ++i) {
    old.push_back(client.open(kAlice));
    tokens.push_back(old.back().live);
    tokens.push_back(*client.rotate(old.back().session, 0).live);
  }
  client.get(client.store.revoke_subject(kAlice, core::Reason::password_change));
  const auto young = client.open(kAlice);
  EXPECT_EQ(client.tidy_all(kAlice, core::Reason::password_change), 40);
  for (const auto& session : old) expect_closed(session, "password_change");
  for (const auto& live : tokens) expect_token_dead(live, "password_change");
  EXPECT_EQ(integer(server.run("ZCARD", keys.sessions("alice"))), 1);
  EXPECT_EQ(client.rotate(young.session, 0).outcome, RefreshOutcome::rotated);
  EXPECT_EQ(client.tidy_all(kAlice, core::Reason::password_change), 0);
}

TEST_F(SessionStoreTest, TidyingPassesOverManyThatBeganLater) {
  // 700 later ones that end earlier stand before the one to be closed.
  const auto old = client.open(kAlice);
  const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  for (int i = 0; i < 700; ++i) {
    const auto sid =
        Uuid::version7(revoked.watermark + milliseconds{1 + i % 3}, client.random.bytes<10>());
    server.run("ZADD", keys.sessions("alice"), count(old.live.session_end) - 1 - i % 5,
               sid.to_string());
  }
  EXPECT_EQ(client.tidy_all(kAlice, core::Reason::admin), 1);
  expect_closed(old, "admin");
  EXPECT_EQ(integer(server.run("ZCARD", keys.sessions("alice"))), 700);
}

TEST_F(SessionStoreTest, TidyingRemovesWhatNoSessionOfOursCouldBe) {
  const auto old = client.open(kAlice);
  server.run("ZADD", keys.sessions("alice"), count(old.live.session_end), "not a uuid");
  client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  EXPECT_EQ(client.tidy_all(kAlice, core::Reason::admin), 1);
  EXPECT_FALSE(stands(keys.sessions("alice")));
}

}  // namespace
}  // namespace recant::redis
