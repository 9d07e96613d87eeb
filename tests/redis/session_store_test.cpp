// Opening a session, its record, and ending one: what stands in Redis then (contract §1).
#include <gmock/gmock.h>

#include "session_store_fixture.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;
using service::OpenOutcome;

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
  const auto refresh_token = keys.refresh_token("alice", opened.session.refresh_id);
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
      keys.refresh_token("alice", refresh_id(opened.sid().substr(6), rotated.live->generation));
  EXPECT_EQ(expiry(keys.session("alice", opened.sid())), end);
  EXPECT_EQ(expiry(next), end);
  EXPECT_EQ(value(next), "alice");
  EXPECT_EQ(expiry(keys.sessions("alice")), end);
  EXPECT_EQ(server.run("ZSCORE", keys.sessions("alice"), opened.sid()).text(), std::to_string(end));
  EXPECT_FALSE(stands(keys.refresh_token("alice", opened.session.refresh_id)));
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

TEST_F(SessionStoreTest, RotatingASessionThatEndsSoonerLeavesTheIndexItsLife) {
  const auto long_lived = client.open(kAlice);
  client.lifetimes.idle = std::chrono::hours{1};
  const auto short_lived = client.open(kAlice);
  client.rotate(short_lived.session, 0);
  EXPECT_EQ(expiry(keys.sessions("alice")), count(long_lived.live.session_end));
}

TEST_F(SessionStoreTest, RotatingGivesAnIndexThatWasLostItsEndAgain) {
  const auto session = client.open(kAlice);
  server.run("DEL", keys.sessions("alice"));
  const auto rotated = client.rotate(session.session, 0);
  EXPECT_EQ(expiry(keys.sessions("alice")), count(rotated.live->session_end));
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
  EXPECT_TRUE(stands(keys.refresh_token("alice", opened.session.refresh_id)));
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
    EXPECT_FALSE(stands(keys.refresh_token("alice", refresh_id(opened.sid().substr(6), g))));
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

TEST_F(SessionStoreTest, TheReasonSaidFirstStaysWhileItsEntryIsMadeToLastLonger) {
  const auto opened = client.open(kAlice);
  client.get(client.store.close(kAlice, opened.session.sid, core::Reason::logout, {}));
  const auto until = expiry(keys.reason_for_session(opened.sid()));
  client.get(client.store.blacklist_session(opened.sid(), core::Reason::admin));
  EXPECT_EQ(value(keys.reason_for_session(opened.sid())), "logout");
  EXPECT_GT(expiry(keys.reason_for_session(opened.sid())), until);
  EXPECT_EQ(expiry(keys.reason_for_session(opened.sid())),
            expiry(keys.blacklisted_session(opened.sid())));

  const auto later = opened.live.access.expires_at + seconds{60};
  client.get(client.store.revoke_token(opened.live.jti, later, core::Reason::admin, kAlice));
  EXPECT_EQ(value(keys.reason_for_jti(opened.live.jti)), "logout");
  EXPECT_EQ(expiry(keys.reason_for_jti(opened.live.jti)), millis(later) + kMarginMs);
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
  client.get(client.store.blacklist_session(opened.session.sid.to_string(), core::Reason::admin));
  const auto until = count(opened.live.now + client.lifetimes.absolute) + kMarginMs;
  EXPECT_EQ(expiry(keys.blacklisted_session(opened.sid())), until);
  EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::revoked);
  EXPECT_FALSE(stands(keys.session("alice", opened.sid())));
  EXPECT_EQ(expiry(keys.blacklisted_session(opened.sid())), until) << "closing shortened it";
  EXPECT_EQ(value(keys.reason_for_session(opened.sid())), "admin");
  expect_token_dead(opened.live, "admin");
}

}  // namespace
}  // namespace recant::redis
