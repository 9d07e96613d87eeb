// What is read of a session for introspection: core::decide_refresh says of it what a refresh says
// that comes behind, and nothing is written.
#include <gmock/gmock.h>

#include <functional>

#include "monitor.hpp"
#include "session_store_fixture.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;
using core::Strategy;
using service::SessionSight;

class SessionLookTest : public SessionStoreTest {
 protected:
  SessionSight look(const service::NewSession& session) {
    return client.get(client.store.look(session.subject, session.sid));
  }
  RefreshOutcome decide(const SessionSight& sight, const service::NewSession& session,
                        core::Generation generation) {
    const core::PresentedRefresh presented{session.sid.time(), session.nonce, generation};
    return core::decide_refresh(sight.family, sight.revocation, presented, sight.now,
                                session.lifetimes)
        .outcome;
  }
  /// Both say so, the look first: a refresh changes what stands.
  void expect(RefreshOutcome expected, const service::NewSession& session,
              core::Generation generation) {
    EXPECT_EQ(decide(look(session), session, generation), expected) << "seen";
    EXPECT_EQ(client.rotate(session, generation).outcome, expected) << "used";
  }
  void change_strategy(Strategy strategy) {
    client.policy.saw({strategy});
    server.run("SET", keys.policy(), core::Policy{strategy}.text());
  }
};

TEST_F(SessionLookTest, ALivingSessionIsSeenAsItStands) {
  auto gate = client.gate(kAlice);
  auto session = client.new_session(kAlice, gate);
  session.grant.scope = std::string(70, 'r') + " write";  // longer than one field takes
  const auto live = *client.get(client.store.open(session)).live;
  const auto sight = look(session);
  ASSERT_TRUE(sight.family);
  EXPECT_EQ(sight.family->begun, session.sid.time());
  EXPECT_EQ(sight.family->end, live.session_end);
  EXPECT_EQ(sight.family->absolute_end, live.now + client.lifetimes.absolute);
  EXPECT_EQ(sight.family->nonce, session.nonce);
  EXPECT_EQ(sight.family->generation, 0u);
  EXPECT_EQ(sight.family->access.at(0), live.access);
  EXPECT_EQ(sight.key_id, session.key_id);
  EXPECT_EQ(sight.scope, session.grant.scope);
  EXPECT_GE(sight.now, live.now);
}

TEST_F(SessionLookTest, GenerationsAreSeenAsARefreshTakesThem) {
  const auto opened = client.open(kAlice);
  expect(RefreshOutcome::rotated, opened.session, 0);
  expect(RefreshOutcome::rotated, opened.session, 1);
  expect(RefreshOutcome::repeated, opened.session, 0);
  expect(RefreshOutcome::repeated, opened.session, 1);
  auto stranger = opened.session;
  stranger.nonce[0] = static_cast<std::uint8_t>(stranger.nonce[0] + 1);
  expect(RefreshOutcome::malformed, stranger, 2);
  const auto record = keys.session("alice", opened.sid());
  const auto superseded = std::stoll(field(opened, "p1"));
  server.run("HSET", record, "p1", std::to_string(superseded + 60'000));  // the clock stepped back
  expect(RefreshOutcome::expired, opened.session, 1);
  server.run("HSET", record, "p1", std::to_string(superseded - 60'000));
  expect(RefreshOutcome::reused, opened.session, 1);
  expect(RefreshOutcome::revoked, opened.session, 2);
  EXPECT_FALSE(look(opened.session).family);
}

TEST_F(SessionLookTest, WhateverEndsASessionIsSeen) {
  using Session = StoreClient::Opened;
  const auto now = std::to_string(count(client.clock.wall()) + 60'000);
  for (const auto& [name, end] : std::vector<std::pair<std::string, std::function<void(Session)>>>{
           {"session",
            [&](const Session& s) { server.run("SET", keys.blacklisted_session(s.sid()), "1"); }},
           {"subject",
            [&](const Session&) { server.run("SET", keys.blacklisted_subject("alice"), now); }},
           {"everybody", [&](const Session&) { server.run("SET", keys.blacklisted_all(), now); }},
           {"everything", [&](const Session&) { server.run("SET", keys.blacklisted_all(), "x"); }},
           {"token",
            [&](const Session& s) { server.run("SET", keys.blacklisted_jti(s.live.jti), "1"); }},
           {"refresh token", [&](const Session& s) {
              server.run("DEL", keys.refresh_token("alice", s.session.refresh_id));
            }}}) {
    SCOPED_TRACE(name);
    const auto opened = client.open(kAlice);
    EXPECT_EQ(decide(look(opened.session), opened.session, 0), RefreshOutcome::rotated);
    end(opened);
    expect(RefreshOutcome::revoked, opened.session, 0);
    server.run("FLUSHALL");
  }
}

TEST_F(SessionLookTest, APlaceThatIsGoneIsSeenWhereThereWasOne) {
  const auto before = client.open(kAlice);
  change_strategy(Strategy::whitelist);
  const auto opened = client.open(kAlice);
  EXPECT_EQ(decide(look(opened.session), opened.session, 0), RefreshOutcome::rotated);
  server.run("DEL", keys.whitelisted_jti("alice", opened.live.jti));
  expect(RefreshOutcome::revoked, opened.session, 0);
  expect(RefreshOutcome::rotated, before.session, 0);
}

TEST_F(SessionLookTest, ADamagedRecordIsUnknown) {
  const auto opened = client.open(kAlice);
  const auto record = keys.session("alice", opened.sid());
  const auto whole = server.run("DUMP", record);
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"v", "2"},
           {"g", "x"},
           {"g", "1"},
           {"g", "4294967296"},
           {"n", "short"},
           {"e", ""},
           {"x", "soon"},
           {"a0", "x"},
           {"a0", "018bcfe5-6800-7000-8000-00000000000a 9e9"},
           {"p0", "x"},
           {"a1", "018bcfe5-6800-7000-8000-00000000000a"}}) {
    SCOPED_TRACE(name + "=" + value);
    server.run("HSET", record, name, value);
    EXPECT_FALSE(client.run(client.store.look(kAlice, opened.session.sid)));
    server.run("RESTORE", record, "0", std::string(*whole.text()), "REPLACE");
    EXPECT_TRUE(client.run(client.store.look(kAlice, opened.session.sid)));
  }
  server.run("DEL", record);
  server.run("SET", record, "1");
  EXPECT_FALSE(client.run(client.store.look(kAlice, opened.session.sid)));
  server.run("DEL", record);
  server.run("SADD", keys.blacklisted_all(), "1");
  EXPECT_FALSE(client.run(client.store.look(kAlice, opened.session.sid)));
}

TEST_F(SessionLookTest, R15_AReplicaIsNotBelieved) {
  const auto opened = client.open(kAlice);
  server.run("REPLICAOF", "127.0.0.1", "1");
  EXPECT_FALSE(client.run(client.store.look(kAlice, opened.session.sid)));
}

TEST_F(SessionLookTest, G8_LookingWritesNothing) {
  const auto opened = client.open(kAlice);
  client.rotate(opened.session, 0);
  Monitor monitor(server);
  look(opened.session);
  const auto seen = monitor.seen();
  EXPECT_FALSE(seen.empty());
  for (const Seen& command : seen) EXPECT_FALSE(is_write(command)) << command.words[0];
}

}  // namespace
}  // namespace recant::redis
