// What the store leaves in Redis: keys, lives, the recipe's own entries (contract §1). Expected
// lives come from the answers and the contract, so no test waits.
#include "redis/session_store.hpp"

#include <gmock/gmock.h>

#include "monitor.hpp"
#include "store_world.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;
using service::OpenOutcome;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

const core::Subject kAlice = subject_named("alice");

class SessionStoreTest : public StoreWorld {
 protected:
  const Keys& keys = client.keys;

  std::string field(const StoreClient::Opened& session, const std::string& name) {
    const auto reply =
        server.run("HGET", keys.session(session.session.subject.text(), session.sid()), name);
    return std::string(reply.text().value_or("(none)"));
  }
  /// Does everything hold that a closed session leaves, for tokens that end at `exp`?
  void expect_closed(const StoreClient::Opened& session, const std::string& reason) {
    const auto sid = session.sid();
    EXPECT_FALSE(stands(keys.session(session.session.subject.text(), sid)));
    EXPECT_TRUE(server.run("ZSCORE", keys.sessions(session.session.subject.text()), sid).is_null());
    EXPECT_EQ(value(keys.blacklisted_session(sid)), "1");
    EXPECT_EQ(value(keys.reason_for_session(sid)), reason);
  }
  void expect_token_dead(const service::LiveGeneration& live, const std::string& reason) {
    EXPECT_EQ(value(keys.blacklisted_jti(live.jti)), "1");
    EXPECT_EQ(value(keys.reason_for_jti(live.jti)), reason);
    const auto until = millis(live.access.expires_at) + kMarginMs;
    EXPECT_EQ(expiry(keys.blacklisted_jti(live.jti)), until);
    EXPECT_EQ(expiry(keys.reason_for_jti(live.jti)), until);
  }
};

// --- opening ------------------------------------------------------------------------------------

TEST_F(SessionStoreTest, AnOpenedSessionStandsAsTheContractSays) {
  const auto opened = client.open(kAlice);
  const auto end = count(opened.live.session_end);
  EXPECT_EQ(opened.live.session_end, opened.live.now + client.lifetimes.idle);
  EXPECT_EQ(opened.live.access.issued_at, std::chrono::floor<seconds>(opened.live.now));
  EXPECT_EQ(opened.live.access.expires_at - opened.live.access.issued_at, seconds{900});

  const auto record = keys.session("alice", opened.sid());
  EXPECT_EQ(server.run("TYPE", record).text(), "hash");
  EXPECT_EQ(server.run("HGETALL", record).elements()[0].text(), "v");
  EXPECT_EQ(field(opened, "v"), "1");
  EXPECT_EQ(expiry(record), end);
  const auto refresh_token = keys.refresh_token(opened.session.refresh_id);
  EXPECT_EQ(value(refresh_token), "alice");
  EXPECT_EQ(expiry(refresh_token), end);
  EXPECT_EQ(server.run("ZSCORE", keys.sessions("alice"), opened.sid()).text(), std::to_string(end));
  EXPECT_EQ(expiry(keys.sessions("alice")), end);
  const auto absolute_end = count(opened.live.now + client.lifetimes.absolute);
  EXPECT_EQ(value(keys.horizon()), std::to_string(absolute_end));
  EXPECT_EQ(expiry(keys.horizon()), absolute_end + kMarginMs);
}

TEST_F(SessionStoreTest, ARefreshMovesEveryEnd) {
  const auto opened = client.open(kAlice);
  auto rotated = client.rotate(opened.session, 0);
  while (rotated.live->session_end == opened.live.session_end) {
    rotated = client.rotate(opened.session, rotated.live->generation);
  }
  const auto end = count(rotated.live->session_end);
  const auto next =
      keys.refresh_token(refresh_id(opened.sid().substr(6), rotated.live->generation));
  EXPECT_EQ(expiry(keys.session("alice", opened.sid())), end);
  EXPECT_EQ(expiry(next), end);
  EXPECT_EQ(value(next), "alice");
  EXPECT_EQ(expiry(keys.sessions("alice")), end);
  EXPECT_EQ(server.run("ZSCORE", keys.sessions("alice"), opened.sid()).text(), std::to_string(end));
  EXPECT_FALSE(stands(keys.refresh_token(opened.session.refresh_id)));
}

TEST_F(SessionStoreTest, TheAbsoluteEndBoundsTheSessionAndItsToken) {
  client.lifetimes.absolute = std::chrono::minutes{10};
  const auto opened = client.open(kAlice);
  const auto absolute_end = opened.live.now + std::chrono::minutes{10};
  EXPECT_EQ(opened.live.session_end, absolute_end);
  EXPECT_EQ(opened.live.access.expires_at, std::chrono::floor<seconds>(absolute_end));
  const auto rotated = client.rotate(opened.session, 0);
  ASSERT_TRUE(rotated.live);
  EXPECT_EQ(rotated.live->session_end, absolute_end);
  EXPECT_EQ(rotated.live->access.expires_at, std::chrono::floor<seconds>(absolute_end));
}

TEST_F(SessionStoreTest, TheIndexLivesAsLongAsItsLatestMember) {
  const auto longer = client.open(kAlice);
  client.lifetimes.idle = std::chrono::hours{1};
  const auto shorter = client.open(kAlice);
  EXPECT_EQ(expiry(keys.sessions("alice")), count(longer.live.session_end));
  client.get(client.store.close(kAlice, longer.session.sid, core::Reason::logout, {}));
  EXPECT_EQ(expiry(keys.sessions("alice")), count(shorter.live.session_end));
  client.get(client.store.close(kAlice, shorter.session.sid, core::Reason::logout, {}));
  EXPECT_FALSE(stands(keys.sessions("alice")));
}

TEST_F(SessionStoreTest, OpeningTrimsTheDeadFromTheIndex) {
  const auto opened = client.open(kAlice);
  const auto dead = Uuid::version7(unix_millis(1'700'000'000'000), {}).to_string();
  server.run("ZADD", keys.sessions("alice"), count(opened.live.now) - 1, dead);
  const auto next = client.open(kAlice);
  const auto members = server.run("ZRANGE", keys.sessions("alice"), 0, -1);
  ASSERT_EQ(members.elements().size(), 2u);
  EXPECT_TRUE(server.run("ZSCORE", keys.sessions("alice"), dead).is_null());
}

TEST_F(SessionStoreTest, AnOpenThatMissesItsGateIsRefusedWhole) {
  const auto gate = client.gate(kAlice);
  auto session = client.new_session(kAlice, gate);
  client.get(client.store.revoke_subject(kAlice, core::Reason::password_change));
  const auto before = integer(server.run("DBSIZE"));
  EXPECT_EQ(client.get(client.store.open(session)).kind, OpenOutcome::Kind::gate_changed);
  client.get(client.store.revoke_all(core::Reason::admin));
  session.gate = gate;
  EXPECT_EQ(client.get(client.store.open(session)).kind, OpenOutcome::Kind::gate_changed);
  EXPECT_EQ(integer(server.run("DBSIZE")), before + 2);  // blacklist:all and its reason
}

TEST_F(SessionStoreTest, ALoginRightAfterARevocationBeginsBeyondTheWatermark) {
  const auto old = client.open(kAlice);
  const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  const auto gate = client.gate(kAlice);
  EXPECT_EQ(gate.earliest_begin, revoked.watermark + milliseconds{1});
  const auto opened = client.open(kAlice);
  EXPECT_EQ(opened.session.sid.time(), revoked.watermark + milliseconds{1});
  EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::rotated);
  EXPECT_EQ(client.rotate(old.session, 0).outcome, RefreshOutcome::revoked);
}

TEST_F(SessionStoreTest, ASidMustBeOfThisMoment) {
  const auto kind_of = [&](milliseconds off) {
    auto gate = client.gate(kAlice);
    gate.earliest_begin = gate.store_time + off;
    return client.get(client.store.open(client.new_session(kAlice, gate))).kind;
  };
  EXPECT_EQ(kind_of(milliseconds{0}), OpenOutcome::Kind::opened);
  EXPECT_EQ(kind_of(-seconds{4}), OpenOutcome::Kind::opened);
  EXPECT_EQ(kind_of(-milliseconds{5001}), OpenOutcome::Kind::clock_disagrees);
  EXPECT_EQ(kind_of(std::chrono::hours{1}), OpenOutcome::Kind::clock_disagrees);
}

TEST_F(SessionStoreTest, ASidIsOpenedOnce) {
  const auto opened = client.open(kAlice);
  auto again = opened.session;
  again.gate = client.gate(kAlice);
  EXPECT_EQ(client.get(client.store.open(again)).kind, OpenOutcome::Kind::clock_disagrees);
  client.get(client.store.close(kAlice, again.sid, core::Reason::logout, {}));
  EXPECT_EQ(client.get(client.store.open(again)).kind, OpenOutcome::Kind::clock_disagrees);
}

// --- the record ---------------------------------------------------------------------------------

TEST_F(SessionStoreTest, LongTextsComeBackWholeAndKeepTheRecordCompact) {
  client.device.name = std::string(128, 'd');
  client.device.user_agent = std::string(200, 'u') + std::string(56, 'v');
  auto session = client.new_session(kAlice, client.gate(kAlice));
  session.grant.scope = "a-scope " + std::string(300, 's');
  session.grant.claims_json = R"({"roles":[")" + std::string(1000, 'r') + R"("]})";
  ASSERT_TRUE(client.get(client.store.open(session)).live);
  const auto record = keys.session("alice", session.sid.to_string());
  EXPECT_EQ(server.run("OBJECT", "ENCODING", record).text(), "listpack");

  const auto rotated = client.rotate(session, 0);
  ASSERT_TRUE(rotated.live);
  EXPECT_EQ(rotated.live->grant.scope, session.grant.scope);
  EXPECT_EQ(rotated.live->grant.claims_json, session.grant.claims_json);
  auto page = client.get(client.store.list(kAlice, "", 10));
  ASSERT_EQ(page.sessions.size(), 1u);
  EXPECT_EQ(page.sessions[0].device.name, client.device.name);
  EXPECT_EQ(page.sessions[0].device.user_agent, client.device.user_agent);

  // Shorter ones leave no rest behind.
  client.device.user_agent = "curl/8";
  client.device.address = "2001:db8:85a3:8d3:1319:8a2e:370:7348";
  client.rotate(session, 1);
  page = client.get(client.store.list(kAlice, "", 10));
  EXPECT_EQ(page.sessions[0].device.user_agent, "curl/8");
  EXPECT_EQ(page.sessions[0].device.address, client.device.address);
  client.device.user_agent = "";
  client.rotate(session, 2);
  EXPECT_EQ(client.get(client.store.list(kAlice, "", 10)).sessions[0].device.user_agent, "");
}

TEST_F(SessionStoreTest, ARecordOfAnotherVersionIsNotTouched) {
  const auto opened = client.open(kAlice);
  const auto record = keys.session("alice", opened.sid());
  server.run("HSET", record, "v", "2");
  EXPECT_FALSE(client.run(client.store.rotate(client.rotation(opened.session, 0))));
  EXPECT_FALSE(
      client.run(client.store.close(kAlice, opened.session.sid, core::Reason::logout, {})));
  EXPECT_TRUE(stands(record));
  EXPECT_TRUE(stands(keys.refresh_token(opened.session.refresh_id)));
}

TEST_F(SessionStoreTest, ABrokenRecordIsUnavailableAndNothingIsIssued) {
  const auto opened = client.open(kAlice);
  const auto record = keys.session("alice", opened.sid());
  for (const char* name : {"g", "k", "r", "n", "x", "e", "a0"}) {
    const auto kept = server.run("DUMP", record);
    server.run("HDEL", record, name);
    EXPECT_FALSE(client.run(client.store.rotate(client.rotation(opened.session, 0)))) << name;
    server.run("RESTORE", record, 0, *kept.text(), "REPLACE");
  }
  server.run("DEL", record);
  server.run("SET", record, "text");
  EXPECT_FALSE(client.run(client.store.rotate(client.rotation(opened.session, 0))));
}

// --- ending one session -------------------------------------------------------------------------

TEST_F(SessionStoreTest, ClosingWritesWhatEveryReaderLooksAt) {
  const auto opened = client.open(kAlice);
  const auto second = client.rotate(opened.session, 0);
  const auto third = client.rotate(opened.session, 1);
  EXPECT_TRUE(client.get(client.store.close(kAlice, opened.session.sid, core::Reason::logout, {})));

  expect_closed(opened, "logout");
  for (const auto* live : {&opened.live, &*second.live, &*third.live}) {
    expect_token_dead(*live, "logout");
  }
  const auto until = millis(third.live->access.expires_at) + kMarginMs;
  EXPECT_EQ(expiry(keys.blacklisted_session(opened.sid())), until);
  EXPECT_EQ(expiry(keys.reason_for_session(opened.sid())), until);
  for (core::Generation g = 0; g < 4; ++g) {
    EXPECT_FALSE(stands(keys.refresh_token(refresh_id(opened.sid().substr(6), g))));
  }
  EXPECT_FALSE(
      client.get(client.store.close(kAlice, opened.session.sid, core::Reason::logout, {})));
  EXPECT_EQ(client.rotate(opened.session, 2).outcome, RefreshOutcome::revoked);
}

TEST_F(SessionStoreTest, TheEntryOutlivesTheLongestTokenEverIssued) {
  // An hour first, then the configuration says a minute.
  client.lifetimes.access = std::chrono::hours{1};
  auto opened = client.open(kAlice);
  opened.session.lifetimes.access = seconds{60};
  const auto rotated = client.rotate(opened.session, 0);
  ASSERT_LT(rotated.live->access.expires_at, opened.live.access.expires_at);
  client.get(client.store.close(kAlice, opened.session.sid, core::Reason::admin, {}));
  const auto until = millis(opened.live.access.expires_at) + kMarginMs;
  EXPECT_EQ(expiry(keys.blacklisted_session(opened.sid())), until);
  expect_token_dead(opened.live, "admin");
  expect_token_dead(*rotated.live, "admin");
}

TEST_F(SessionStoreTest, ClosingWithoutARecordHoldsDownWhatTheCallerKnowsOf) {
  const auto now = client.gate(kAlice).store_time;
  const auto sid = Uuid::version7(now, client.random.bytes<10>());
  const auto exp = std::chrono::floor<seconds>(now) + seconds{600};
  EXPECT_FALSE(client.get(client.store.close(kAlice, sid, core::Reason::logout, exp)));
  EXPECT_EQ(expiry(keys.blacklisted_session(sid.to_string())), millis(exp) + kMarginMs);

  const auto other = Uuid::version7(now, client.random.bytes<10>());
  EXPECT_FALSE(client.get(client.store.close_existing(kAlice, other, core::Reason::logout)));
  EXPECT_FALSE(stands(keys.blacklisted_session(other.to_string())));
  EXPECT_FALSE(stands(keys.reason_for_session(other.to_string())));
}

TEST_F(SessionStoreTest, CloseExistingEndsWhatExists) {
  const auto opened = client.open(kAlice);
  EXPECT_FALSE(client.get(
      client.store.close_existing(subject_named("bob"), opened.session.sid, core::Reason::logout)));
  EXPECT_TRUE(stands(keys.session("alice", opened.sid())));
  EXPECT_TRUE(
      client.get(client.store.close_existing(kAlice, opened.session.sid, core::Reason::logout)));
  expect_closed(opened, "logout");
  expect_token_dead(opened.live, "logout");
}

TEST_F(SessionStoreTest, ASessionUnderAWatermarkExistsNoMore) {
  const auto opened = client.open(kAlice);
  client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  EXPECT_FALSE(
      client.get(client.store.close_existing(kAlice, opened.session.sid, core::Reason::logout)));
}

TEST_F(SessionStoreTest, ReuseEndsTheSessionAndSaysSo) {
  client.lifetimes.grace = milliseconds{0};
  const auto opened = client.open(kAlice);
  const auto rotated = client.rotate(opened.session, 0);
  EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::reused);
  expect_closed(opened, "reused");
  expect_token_dead(opened.live, "reused");
  expect_token_dead(*rotated.live, "reused");
  EXPECT_EQ(client.rotate(opened.session, 1).outcome, RefreshOutcome::revoked);
}

TEST_F(SessionStoreTest, ASessionOfUnknownSubjectIsDeadForAsLongAsAnyCouldLive) {
  const auto opened = client.open(kAlice);
  client.get(client.store.blacklist_session(opened.session.sid, core::Reason::admin));
  const auto until = count(opened.live.now + client.lifetimes.absolute) + kMarginMs;
  EXPECT_EQ(expiry(keys.blacklisted_session(opened.sid())), until);
  EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::revoked);
  EXPECT_FALSE(stands(keys.session("alice", opened.sid())));
  EXPECT_EQ(expiry(keys.blacklisted_session(opened.sid())), until) << "closing shortened it";
  EXPECT_EQ(value(keys.reason_for_session(opened.sid())), "admin");
  expect_token_dead(opened.live, "admin");
}

// --- foreign services ---------------------------------------------------------------------------

TEST_F(SessionStoreTest, WhatAForeignServiceLogsOutStaysOut) {
  using Foreign = std::function<void(const StoreClient::Opened&)>;
  const std::vector<std::pair<const char*, Foreign>> acts{
      {"DEL refresh_token",
       [&](const auto& s) { server.run("DEL", keys.refresh_token(s.session.refresh_id)); }},
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
                                       core::Reason::admin));
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

TEST_F(SessionStoreTest, AForeignWatermarkFarAheadIsRaisedByOne) {
  const auto ahead = count(client.gate(kAlice).store_time) + 86'400'000;
  server.run("SET", keys.blacklisted_subject("alice"), ahead);
  const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  EXPECT_EQ(count(revoked.watermark), ahead + 1);
  EXPECT_EQ(expiry(keys.blacklisted_subject("alice")), -1) << "what stood for ever has an end";
  EXPECT_EQ(client.open(kAlice).session.sid.time(), revoked.watermark + milliseconds{1});
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

// docs/redis-keys.md quotes what is printed.
TEST_F(SessionStoreTest, ASessionTakesAtMost700BytesOfRedis) {
  const auto alice = subject_named("0190a1b2-0000-7000-8000-000000000001");
  const auto opened = client.open(alice);
  std::int64_t bytes = 0;
  for (const auto& key : {keys.session(alice.text(), opened.sid()), keys.sessions(alice.text()),
                          keys.refresh_token(opened.session.refresh_id)}) {
    const auto used = integer(server.run("MEMORY", "USAGE", key));
    std::cout << key.substr(0, key.find(':')) << ' ' << used << '\n';
    bytes += used;
  }
  EXPECT_LE(bytes, 700);
  // After a refresh whose predecessor is still inside the grace, too.
  client.rotate(opened.session, 0);
  const auto record = keys.session(alice.text(), opened.sid());
  std::cout << "session, refreshed " << integer(server.run("MEMORY", "USAGE", record)) << '\n';
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
  EXPECT_FALSE(stands(keys.refresh_token(session.refresh_id)));
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
  for (const char* end : {"inf", "1e300"}) {
    const auto first = client.open(kAlice);
    const auto second = client.open(kAlice);
    server.run("ZADD", keys.sessions("alice"), end, "x");
    server.run("SET", keys.horizon(), "99999999999999999999999");
    EXPECT_TRUE(client.get(
        client.store.close(kAlice, first.session.sid, core::Reason::logout, unix_millis(0))));
    expect_closed(first, "logout");
    client.get(client.store.blacklist_session(second.session.sid, core::Reason::admin));
    EXPECT_TRUE(stands(keys.blacklisted_session(second.session.sid.to_string())));
    const auto revoked = client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
    EXPECT_EQ(value(keys.blacklisted_subject("alice")), std::to_string(count(revoked.watermark)));
    const auto everybody = client.get(client.store.revoke_all(core::Reason::admin));
    EXPECT_EQ(value(keys.blacklisted_all()), std::to_string(count(everybody)));
    server.run("FLUSHALL");
  }
}

// --- lives are never made shorter ---------------------------------------------------------------

TEST_F(SessionStoreTest, NoEntryIsEverShortened) {
  const auto opened = client.open(kAlice);
  const auto exp = opened.live.access.expires_at;
  const auto later = millis(exp) + 10 * kMarginMs;
  server.run("SET", keys.blacklisted_jti(opened.live.jti), "foreign", "PXAT", later);
  server.run("SET", keys.blacklisted_session(opened.sid()), "foreign");
  client.get(client.store.revoke_token(opened.live.jti, exp, core::Reason::admin));
  client.get(client.store.close(kAlice, opened.session.sid, core::Reason::logout, exp));
  client.get(client.store.blacklist_session(opened.session.sid, core::Reason::admin));
  EXPECT_EQ(expiry(keys.blacklisted_jti(opened.live.jti)), later);
  EXPECT_EQ(expiry(keys.blacklisted_session(opened.sid())), -1);

  client.get(client.store.revoke_token("j", exp + seconds{60}, core::Reason::admin));
  client.get(client.store.revoke_token("j", exp, core::Reason::logout));
  EXPECT_EQ(expiry(keys.blacklisted_jti("j")), millis(exp + seconds{60}) + kMarginMs);
  client.get(client.store.revoke_token("j", exp + seconds{90}, core::Reason::logout));
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

// --- ending all sessions of a subject -----------------------------------------------------------

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

// --- listing ------------------------------------------------------------------------------------

TEST_F(SessionStoreTest, ListsTheLivingTheMostRecentlyUsedFirst) {
  const auto first = client.open(kAlice);
  client.device.name = "a phone";
  const auto second = client.open(kAlice);
  const auto third = client.open(kAlice);
  const auto fourth = client.open(kAlice);
  client.get(client.store.close(kAlice, third.session.sid, core::Reason::logout, {}));
  client.get(client.store.blacklist_session(fourth.session.sid, core::Reason::admin));
  client.device.user_agent = "new agent";
  auto used = client.rotate(first.session, 0);
  while (used.live->session_end == second.live.session_end) used = client.rotate(first.session, 1);

  const auto page = client.get(client.store.list(kAlice, "", 100));
  EXPECT_EQ(page.next, "");
  ASSERT_EQ(page.sessions.size(), 2u);
  EXPECT_EQ(page.sessions[0].sid, first.session.sid);
  EXPECT_EQ(page.sessions[0].created_at, first.session.sid.time());
  EXPECT_EQ(page.sessions[0].last_seen_at, used.live->now);
  EXPECT_EQ(page.sessions[0].expires_at, used.live->session_end);
  EXPECT_EQ(page.sessions[0].device.user_agent, "new agent");
  EXPECT_EQ(page.sessions[1].sid, second.session.sid);
  EXPECT_EQ(page.sessions[1].device.name, "a phone");
  EXPECT_EQ(page.sessions[1].last_seen_at, second.live.now);
  EXPECT_THAT(client.get(client.store.list(subject_named("bob"), "", 100)).sessions, IsEmpty());
}

TEST_F(SessionStoreTest, PagesMeetEverySessionOnce) {
  std::set<Uuid> opened;
  for (int i = 0; i < 57; ++i) opened.insert(client.open(kAlice).session.sid);
  for (const int limit : {1, 7, 57, 100}) {
    std::set<Uuid> met;
    std::string after;
    std::size_t listed = 0;
    UnixMillis last = UnixMillis::max();
    do {
      const auto page = client.get(client.store.list(kAlice, after, limit));
      EXPECT_LE(page.sessions.size(), static_cast<std::size_t>(limit));
      for (const auto& entry : page.sessions) {
        met.insert(entry.sid);
        EXPECT_LE(entry.expires_at, last);
        last = entry.expires_at;
      }
      listed += page.sessions.size();
      after = page.next;
    } while (!after.empty());
    EXPECT_EQ(met, opened) << "limit " << limit;
    EXPECT_EQ(listed, opened.size()) << "limit " << limit;
  }
}

TEST_F(SessionStoreTest, SessionsThatEndTogetherAreListedOnce) {
  // As many in one millisecond as need several round trips.
  const auto model = client.open(kAlice);
  const auto dump = server.run("DUMP", keys.session("alice", model.sid()));
  const auto end = count(model.live.session_end);
  std::set<std::string> all{model.sid()};
  for (int i = 0; i < 600; ++i) {
    const auto sid = Uuid::version7(model.live.now, client.random.bytes<10>()).to_string();
    server.run("RESTORE", keys.session("alice", sid), end, *dump.text(), "ABSTTL");
    server.run("ZADD", keys.sessions("alice"), end, sid);
    all.insert(sid);
  }
  std::set<std::string> met;
  std::size_t listed = 0;
  std::string after;
  do {
    const auto page = client.get(client.store.list(kAlice, after, 100));
    for (const auto& entry : page.sessions) met.insert(entry.sid.to_string());
    listed += page.sessions.size();
    after = page.next;
  } while (!after.empty());
  EXPECT_EQ(listed, all.size());
  EXPECT_EQ(met, all);
}

TEST_F(SessionStoreTest, ACursorThatIsNotOursGivesTheFirstPage) {
  const auto opened = client.open(kAlice);
  for (const char* cursor : {"x", ".", "1.", "12.nonsense", "-1.", "1e3.x", "\r\n"}) {
    const auto page = client.get(client.store.list(kAlice, cursor, 10));
    ASSERT_EQ(page.sessions.size(), 1u) << cursor;
    EXPECT_EQ(page.sessions[0].sid, opened.session.sid);
  }
}

TEST_F(SessionStoreTest, ManyDeadSessionsMakeNoCallSlow) {
  const auto now = count(client.gate(kAlice).store_time);
  Command add("ZADD", keys.sessions("alice"));
  constexpr int kMany = 20'000;
  for (int i = 0; i < kMany; ++i) {
    add.add(now + 1'000'000 + i);
    add.add(Uuid::version7(unix_millis(now - i), client.random.bytes<10>()).to_string());
  }
  server.ask(add);
  client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  const auto young = client.open(kAlice);

  Monitor monitor(server);
  auto page = client.get(client.store.list(kAlice, "", 10));
  ASSERT_EQ(page.sessions.size(), 1u);
  EXPECT_EQ(page.sessions[0].sid, young.session.sid);
  int pages = 1;
  while (!page.next.empty()) {
    page = client.get(client.store.list(kAlice, page.next, 10));
    EXPECT_THAT(page.sessions, IsEmpty());
    ++pages;
  }
  const auto seen = monitor.seen();
  for (const Seen& command : seen) EXPECT_FALSE(is_write(command)) << command.words[0];
  // 3 for the start and 8 stretches a call.
  EXPECT_LE(seen.size(), static_cast<std::size_t>(pages) * (3 + 8) + 2);
  EXPECT_LE(pages, kMany / (8 * 256) + 2);
}

// --- scripts as such ----------------------------------------------------------------------------

TEST_F(SessionStoreTest, EveryKeyIsOneOfTheContracts) {
  const Keys prefixed(KeyOptions{"some:prefix:"});
  StoreClient other(server.target(), 2, prefixed);
  Monitor monitor(server);
  for (StoreClient* at : {&client, &other}) {
    at->lifetimes.grace = milliseconds{0};
    const auto opened = at->open(kAlice);
    at->rotate(opened.session, 0);
    at->rotate(opened.session, 0);  // reuse
    const auto second = at->open(kAlice);
    at->get(at->store.close(kAlice, second.session.sid, core::Reason::logout, {}));
    const auto third = at->open(kAlice);
    at->get(
        at->store.revoke_token(third.live.jti, third.live.access.expires_at, core::Reason::admin));
    at->get(at->store.blacklist_session(third.session.sid, core::Reason::admin));
    at->get(at->store.revoke_subject(kAlice, core::Reason::admin));
    at->tidy_all(kAlice, core::Reason::admin);
    at->get(at->store.list(kAlice, "", 10));
    at->get(at->store.revoke_all(core::Reason::admin));
    at->get(at->store.probe());
  }
  std::size_t checked = 0;
  for (const Seen& command : monitor.seen()) {
    for (auto key : keys_of(command)) {
      if (key.starts_with("some:prefix:")) key.erase(0, 12);
      EXPECT_THAT(key,
                  AnyOf(StartsWith("blacklist:jti:"), StartsWith("blacklist:session:"),
                        StartsWith("blacklist:user:alice"), "blacklist:all",
                        StartsWith("refresh_token:"), StartsWith("session:user:alice:"),
                        "sessions:user:alice", StartsWith("recant:reason:"), "recant:horizon"));
      ++checked;
    }
  }
  EXPECT_GT(checked, 200u);
  for (const auto& key : server.run("KEYS", "*").elements()) {
    EXPECT_NE(expiry(std::string(*key.text())), -1) << *key.text() << " has no end";
  }
}

TEST_F(SessionStoreTest, NoScriptCallTouchesMoreThan256Keys) {
  // 300 sessions with 0 to 32 live tokens each.
  client.lifetimes.grace = milliseconds{0};
  int sessions_of_32 = 0;
  for (int i = 0; i < 300; ++i) {
    const auto opened = client.open(kAlice);
    const int rotations = i % 40;
    core::Generation g = 0;
    for (int r = 0; r < rotations; ++r, ++g) {
      const auto outcome = client.rotate(opened.session, g).outcome;
      if (outcome == RefreshOutcome::throttled) {
        ++sessions_of_32;
        break;
      }
    }
  }
  ASSERT_GT(sessions_of_32, 20);
  client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
  Monitor monitor(server);
  EXPECT_EQ(client.tidy_all(kAlice, core::Reason::admin), 300);
  const auto calls = monitor.scripts();
  std::size_t most = 0;
  for (const auto& call : calls) most = std::max(most, call.keys().size());
  EXPECT_LE(most, 256u);
  EXPECT_GT(most, 128u) << "batches could be larger";
  EXPECT_EQ(integer(server.run("EXISTS", keys.sessions("alice"))), 0);
}

TEST_F(SessionStoreTest, RevokingASubjectTouchesAsMuchWithManySessionsAsWithOne) {
  const auto touched = [&](const core::Subject& subject) {
    Monitor monitor(server);
    client.get(client.store.revoke_subject(subject, core::Reason::admin));
    const auto calls = monitor.scripts();
    EXPECT_EQ(calls.size(), 1u);
    std::vector<std::string> names;
    for (const Seen& command : calls.at(0).commands) names.push_back(command.words[0]);
    return names;
  };
  client.open(kAlice);
  const auto bob = client.open(subject_named("bob"));
  Command add("ZADD", keys.sessions("bob"));
  for (int i = 0; i < 20'000; ++i) {
    add.add(count(bob.live.session_end));
    add.add(Uuid::version7(bob.live.now, client.random.bytes<10>()).to_string());
  }
  server.ask(add);
  EXPECT_EQ(touched(subject_named("bob")), touched(kAlice));
}

TEST_F(SessionStoreTest, ARedisThatForgotTheScriptsIsSentThemAgain) {
  const auto opened = client.open(kAlice);
  server.run("SCRIPT", "FLUSH");
  EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::rotated);
  server.run("SCRIPT", "FLUSH");
  Monitor monitor(server);
  EXPECT_EQ(client.rotate(opened.session, 1).outcome, RefreshOutcome::rotated);
  EXPECT_EQ(client.rotate(opened.session, 2).outcome, RefreshOutcome::rotated);
  std::vector<std::string> calls;
  for (const Seen& command : monitor.seen()) {
    if (command.words[0].starts_with("eval")) calls.push_back(command.words[0]);
  }
  EXPECT_THAT(calls, ElementsAre("evalsha", "eval", "evalsha"));
}

TEST_F(SessionStoreTest, AScriptThatAnswersInAnotherFormIsUnavailable) {
  const auto opened = client.open(kAlice);
  for (const char* answer :
       {"1", "'text'", "nil", "{}", "{1}", "{1,'rotated'}", "{1,'no such outcome'}",
        "{1,'expired','more'}", "{1,'throttled','soon'}", "{1,'rotated',-1,'k','j',1,2,3,'',''}",
        "{1,'rotated',4294967296,'k','j',1,2,3,'',''}", "{1,'rotated',1,'k','j',1,2,3,'','',''}",
        "{'1','expired'}", "redis.status_reply('OK')", "redis.error_reply('READONLY you cannot')",
        "{1,{'expired'}}"}) {
    Scripts scripts = Scripts::embedded();
    const Script replaced(std::string("#!lua\nreturn ") + answer);
    scripts.open_session = replaced;
    scripts.rotate_refresh = replaced;
    scripts.close_session = replaced;
    scripts.tidy_sessions = replaced;
    StoreClient strict(server.target(), 3, Keys{}, scripts);
    EXPECT_FALSE(strict.run(strict.store.rotate(strict.rotation(opened.session, 0)))) << answer;
    const auto session = strict.new_session(kAlice, strict.gate(kAlice));
    EXPECT_FALSE(strict.run(strict.store.open(session))) << answer;
    EXPECT_FALSE(strict.run(strict.store.tidy(kAlice, core::Reason::admin))) << answer;
  }
}

}  // namespace
}  // namespace recant::redis
