// The whitelist strategy: what stands of each token, who takes it away, and what a change of
// strategy does to older tokens (contract §1 and §4).
#include <gmock/gmock.h>

#include <functional>

#include "redis/policy_store.hpp"
#include "session_store_fixture.hpp"

namespace recant::redis {
namespace {

using core::RefreshOutcome;
using core::Strategy;

/// By how much a place outlives its token: the largest leeway.
constexpr std::int64_t kLeewayMs = 60 * 1000;

class WhitelistTest : public SessionStoreTest {
 protected:
  WhitelistTest() { client.policy.saw({Strategy::whitelist}); }

  std::string place(const service::LiveGeneration& live) {
    return keys.whitelisted_jti("alice", live.jti);
  }
  /// As an operator does who has started all servers again.
  void change_strategy(Strategy strategy) {
    client.policy.saw({strategy});
    server.run("SET", keys.policy(), core::Policy{strategy}.text());
  }
  std::size_t places() {
    return server.run("KEYS", keys.whitelisted_jti("*", "*")).elements().size();
  }
};

TEST_F(WhitelistTest, EachTokenHasItsPlaceUntilAMinuteAfterItsEnd) {
  const auto opened = client.open(kAlice);
  const auto second = *client.rotate(opened.session, 0).live;
  for (const auto& live : {opened.live, second}) {
    EXPECT_EQ(value(place(live)), "1");
    EXPECT_EQ(expiry(place(live)), millis(live.access.expires_at) + kLeewayMs);
  }
  EXPECT_EQ(value(keys.policy()), in_this_form("v=1 strategy=whitelist"));
  EXPECT_EQ(expiry(keys.policy()), -1);
}

TEST_F(WhitelistTest, UnderTheBlacklistNothingIsWhitelisted) {
  change_strategy(Strategy::blacklist);
  const auto opened = client.open(kAlice);
  client.rotate(opened.session, 0);
  EXPECT_EQ(places(), 0u);
}

TEST_F(WhitelistTest, ARepeatRewritesNothing) {
  const auto opened = client.open(kAlice);
  const auto live = *client.rotate(opened.session, 0).live;
  server.run("DEL", place(live));
  server.run("SET", place(live), "theirs", "EX", 1000);
  EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::repeated);
  EXPECT_EQ(value(place(live)), "theirs");
}

TEST_F(WhitelistTest, WhateverEndsASessionTakesEachOfItsPlaces) {
  using Act = std::function<void(const StoreClient::Opened&)>;
  const std::vector<std::pair<const char*, Act>> acts{
      {"close",
       [&](const auto& s) {
         client.get(client.store.close(kAlice, s.session.sid, core::Reason::logout, {}));
       }},
      {"close_existing",
       [&](const auto& s) {
         client.get(client.store.close_existing(kAlice, s.session.sid, core::Reason::logout));
       }},
      {"reuse",
       [&](const auto& s) {
         auto session = s.session;
         session.lifetimes.grace = milliseconds{0};
         EXPECT_EQ(client.rotate(session, 0).outcome, RefreshOutcome::reused);
       }},
      {"a foreign blacklist entry",
       [&](const auto& s) {
         server.run("SET", keys.blacklisted_jti(s.live.jti), "1");
         EXPECT_EQ(client.rotate(s.session, 1).outcome, RefreshOutcome::revoked);
       }},
      {"tidying",
       [&](const auto&) {
         client.get(client.store.revoke_subject(kAlice, core::Reason::admin));
         EXPECT_EQ(client.tidy_all(kAlice, core::Reason::admin), 1);
       }},
      {"a close under the blacklist",
       [&](const auto& s) {
         change_strategy(Strategy::blacklist);
         client.get(client.store.close(kAlice, s.session.sid, core::Reason::logout, {}));
       }},
  };
  for (const auto& [name, act] : acts) {
    SCOPED_TRACE(name);
    const auto opened = client.open(kAlice);
    const auto second = *client.rotate(opened.session, 0).live;
    EXPECT_EQ(places(), 2u);
    act(opened);
    EXPECT_EQ(places(), 0u);
    for (const auto& live : {opened.live, second}) {
      EXPECT_EQ(value(keys.blacklisted_jti(live.jti)), "1");
    }
  }
}

TEST_F(WhitelistTest, RevokingOneTokenTakesItsPlaceWhereTheSubjectIsKnown) {
  const auto revoke = [&](const StoreClient::Opened& s, std::optional<core::Subject> subject) {
    const auto done = client.get(client.store.revoke_token(
        s.live.jti, s.live.access.expires_at, core::Reason::admin, std::move(subject)));
    return done.tidied;
  };
  const auto known = client.open(kAlice);
  EXPECT_TRUE(revoke(known, kAlice));
  EXPECT_FALSE(stands(place(known.live)));
  const auto unknown = client.open(kAlice);
  EXPECT_FALSE(revoke(unknown, std::nullopt)) << "a reader of the whitelist does not see it";
  EXPECT_TRUE(stands(place(unknown.live)));
  change_strategy(Strategy::blacklist);
  EXPECT_TRUE(revoke(client.open(kAlice), std::nullopt)) << "there is no such reader";
}

TEST_F(WhitelistTest, WhatAForeignServiceTakesAwayStaysOut) {
  const auto opened = client.open(kAlice);
  const auto second = *client.rotate(opened.session, 0).live;
  server.run("DEL", place(opened.live));
  EXPECT_EQ(client.rotate(opened.session, 1).outcome, RefreshOutcome::revoked);
  expect_closed(opened, "foreign");
  EXPECT_FALSE(stands(place(second)));
  expect_token_dead(second, "foreign");
}

TEST_F(WhitelistTest, AnyValueThatStandsIsAPlace) {
  const auto opened = client.open(kAlice);
  for (const char* value : {"0", "", "dead"}) {
    server.run("SET", place(opened.live), value);
    EXPECT_EQ(client.rotate(opened.session, 0).outcome == RefreshOutcome::revoked, false) << value;
  }
}

TEST_F(WhitelistTest, OlderTokensOutliveAChangeOfStrategyAtTheNextRefresh) {
  change_strategy(Strategy::blacklist);
  const auto opened = client.open(kAlice);
  change_strategy(Strategy::whitelist);
  const auto rotated = client.rotate(opened.session, 0);
  EXPECT_EQ(rotated.outcome, RefreshOutcome::rotated);
  EXPECT_FALSE(stands(place(opened.live))) << "what is old is not whitelisted after the fact";
  EXPECT_TRUE(stands(place(*rotated.live)));
}

TEST_F(WhitelistTest, AChangeBackRevivesNobodyWhoWasSignedOut) {
  const auto left = client.open(kAlice);
  const auto stays = client.open(kAlice);
  change_strategy(Strategy::blacklist);
  server.run("DEL", place(left.live));
  EXPECT_EQ(client.rotate(left.session, 0).outcome, RefreshOutcome::revoked);
  const auto rotated = client.rotate(stays.session, 0);
  EXPECT_EQ(rotated.outcome, RefreshOutcome::rotated);
  EXPECT_FALSE(stands(place(*rotated.live)));
}

TEST_F(WhitelistTest, AChangeBackIsWrittenIntoThePolicy) {
  const auto publish = [&](Strategy strategy, bool replace) {
    core::Policy policy{strategy};
    policy.max_staleness = milliseconds{250};
    const auto standing = client.run(publish_policy(client.connection, keys, policy, replace));
    EXPECT_TRUE(standing);
    return *standing;
  };
  const auto redis_seconds = [&] {
    return std::stoll(std::string(*server.run("TIME").elements()[0].text()));
  };
  EXPECT_EQ(publish(Strategy::blacklist, false).text, "v=1 strategy=blacklist max_staleness=250");
  EXPECT_EQ(publish(Strategy::blacklist, true).text, "v=1 strategy=blacklist max_staleness=250");
  EXPECT_EQ(publish(Strategy::whitelist, true).text, "v=1 strategy=whitelist max_staleness=250");

  const auto earliest = redis_seconds();
  const auto back = publish(Strategy::blacklist, true);
  ASSERT_TRUE(back.policy && back.policy->whitelisted_until) << back.text;
  EXPECT_GE(count(*back.policy->whitelisted_until), earliest);
  EXPECT_LE(count(*back.policy->whitelisted_until), redis_seconds());
  EXPECT_EQ(publish(Strategy::blacklist, true).text, back.text) << "kept";
  EXPECT_EQ(publish(Strategy::blacklist, false).text, back.text);
  EXPECT_EQ(publish(Strategy::whitelist, true).text, "v=1 strategy=whitelist max_staleness=250");

  server.run("SET", keys.policy(), "v=2 strategy=blacklist");
  EXPECT_TRUE(publish(Strategy::blacklist, true).policy->whitelisted_until) << "it may have been";
  server.run("DEL", keys.policy());
  EXPECT_EQ(publish(Strategy::blacklist, true).text, "v=1 strategy=blacklist max_staleness=250");
}

TEST_F(WhitelistTest, WhoeverIssuesPutsBackUntilWhenItWasAWhitelist) {
  const core::Policy back{Strategy::blacklist, UnixSeconds{seconds{1700000000}}};
  PolicyInForce own{{Strategy::blacklist}};
  own.saw(back);
  own.saw({Strategy::whitelist});
  own.saw({Strategy::blacklist});
  EXPECT_EQ(own.goes_by(), back);
  client.policy.saw(back);
  client.open(kAlice);
  EXPECT_EQ(value(keys.policy()), in_this_form(back.text()));
}

TEST_F(WhitelistTest, WhoeverIssuesGoesByThePolicyIfThatIsStricter) {
  change_strategy(Strategy::blacklist);
  server.run("SET", keys.policy(), "v=1 strategy=whitelist");
  const auto opened = client.open(kAlice);
  EXPECT_TRUE(stands(place(opened.live)));
  server.run("SET", keys.policy(), "v=1 strategy=blacklist");
  client.policy.saw({Strategy::whitelist});
  EXPECT_TRUE(stands(place(*client.rotate(opened.session, 0).live)));
  EXPECT_EQ(value(keys.policy()), "v=1 strategy=blacklist") << "it is not for issuers to change it";
  server.run("DEL", keys.policy());
  client.rotate(opened.session, 1);
  EXPECT_EQ(value(keys.policy()), in_this_form("v=1 strategy=whitelist"))
      << "what was lost is put back";
}

TEST_F(WhitelistTest, TheScriptsReadAPolicyAsEverybodyDoes) {
  change_strategy(Strategy::blacklist);
  for (const char* text :
       {"v=1 strategy=blacklist", "v=1 strategy=whitelist", "v=1 more=x strategy=whitelist y=1",
        "v=1 strategy=blacklist strategy=whitelist", "", "v=1", "v=2 strategy=whitelist",
        "v=10 strategy=whitelist", "strategy=whitelist", "v=1 strategy=", "v=1 strategy=white",
        "v=1 xstrategy=whitelist", " v=1 strategy=whitelist"}) {
    server.run("SET", keys.policy(), text);
    const auto policy = core::Policy::parse(text);
    const auto session = client.new_session(kAlice, client.gate(kAlice));
    const auto opened = client.run(client.store.open(session));
    ASSERT_EQ(opened.has_value(), policy.has_value()) << text;
    if (!policy) continue;
    EXPECT_EQ(stands(place(*opened->live)), policy->strategy == Strategy::whitelist) << text;
  }
  server.run("DEL", keys.policy());
  server.run("SADD", keys.policy(), "v=1 strategy=whitelist");
  EXPECT_FALSE(client.run(client.store.open(client.new_session(kAlice, client.gate(kAlice)))));
}

TEST_F(WhitelistTest, ARecordWithAMarkThatIsNoneIsUnavailable) {
  const auto opened = client.open(kAlice);
  const auto record = keys.session("alice", opened.sid());
  const auto kept = field(opened, "a0");
  ASSERT_TRUE(kept.ends_with(" 900 w")) << kept;
  for (const char* tail : {" 900 ", " 900w", " 900 x", " 900 w ", " w"}) {
    server.run("HSET", record, "a0", opened.live.jti + tail);
    EXPECT_FALSE(client.run(client.store.rotate(client.rotation(opened.session, 0)))) << tail;
  }
  server.run("HSET", record, "a0", kept);
  EXPECT_EQ(client.rotate(opened.session, 0).outcome, RefreshOutcome::rotated);
}

}  // namespace
}  // namespace recant::redis
