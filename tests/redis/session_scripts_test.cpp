// The scripts as such: which keys they touch, how many, and what happens when they are forgotten.
#include <gmock/gmock.h>

#include "monitor.hpp"
#include "session_store_fixture.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::StartsWith;

/// Alice's keys as the contract spells them, behind the prefix.
auto is_of_the_contract(bool tagged) {
  const std::string alice = tagged ? "{alice}" : "alice";
  return AnyOf(StartsWith("blacklist:jti:"), StartsWith("blacklist:session:"),
               "blacklist:user:" + alice, "blacklist:all",
               StartsWith("refresh_token:" + (tagged ? alice : "")),
               StartsWith("session:user:" + alice + ":"), "sessions:user:" + alice,
               StartsWith("recant:reason:jti:"), StartsWith("recant:reason:session:"),
               "recant:reason:user:" + alice, "recant:reason:all", "recant:horizon", "recant:ahead",
               "recant:policy", StartsWith("whitelist:user:" + alice + ":jti:"));
}

TEST_F(SessionStoreTest, EveryKeyIsOneOfTheContracts) {
  KeyOptions form = key_form();
  form.prefix = "some:prefix:";
  const Keys prefixed(form);
  StoreClient other(server.target(), 2, prefixed);
  Monitor monitor(server);
  client.policy.saw({core::Strategy::whitelist});
  for (StoreClient* at : {&client, &other}) {
    at->lifetimes.grace = milliseconds{0};
    const auto opened = at->open(kAlice);
    at->rotate(opened.session, 0);
    at->rotate(opened.session, 0);  // reuse
    const auto second = at->open(kAlice);
    at->get(at->store.close(kAlice, second.session.sid, core::Reason::logout, {}));
    const auto third = at->open(kAlice);
    at->get(at->store.revoke_token(third.live.jti, third.live.access.expires_at,
                                   core::Reason::admin, kAlice));
    at->get(at->store.blacklist_session(third.session.sid.to_string(), core::Reason::admin));
    at->get(at->store.revoke_subject(kAlice, core::Reason::admin));
    at->tidy_all(kAlice, core::Reason::admin);
    at->get(at->store.list(kAlice, "", 10));
    at->get(at->store.revoke_all(core::Reason::admin));
    at->get(at->store.probe());
  }
  std::size_t checked = 0;
  for (const Seen& command : monitor.seen()) {
    for (auto key : keys_of(command)) {
      const std::string& prefix = key.starts_with(form.prefix) ? form.prefix : key_form().prefix;
      EXPECT_TRUE(key.starts_with(prefix)) << key;
      EXPECT_THAT(key.erase(0, prefix.size()), is_of_the_contract(form.hash_tags));
      ++checked;
    }
  }
  EXPECT_GT(checked, 200u);
  const auto all = server.run("KEYS", "*");
  EXPECT_FALSE(all.elements().empty());
  for (const Reply& key : all.elements()) {
    const std::string name(*key.text());
    EXPECT_EQ(expiry(name) == -1, name.ends_with("recant:policy")) << name;
  }
}

TEST_F(SessionStoreTest, NoScriptCallTouchesMoreThan256Keys) {
  // 300 sessions with 0 to 32 live tokens each, each token with three keys.
  client.policy.saw({core::Strategy::whitelist});
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
    StoreClient strict(server.target(), 3, keys, scripts);
    EXPECT_FALSE(strict.run(strict.store.rotate(strict.rotation(opened.session, 0)))) << answer;
    const auto session = strict.new_session(kAlice, strict.gate(kAlice));
    EXPECT_FALSE(strict.run(strict.store.open(session))) << answer;
    EXPECT_FALSE(strict.run(strict.store.tidy(kAlice, core::Reason::admin, {}))) << answer;
  }
}

}  // namespace
}  // namespace recant::redis
