// The library by its public header, on a real Redis.
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include "embedded.hpp"
#include "fetch/web_site.hpp"
#include "testing/scripted_redis.hpp"

namespace recant::embed {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::WebSite;

TEST_F(Embedded, SaysWhoseAGoodTokenIs) {
  const auto verifier = ready();
  const Session session;
  const Checked checked = verifier->check(token(session), kLong);
  ASSERT_EQ(said(checked), "valid");
  EXPECT_EQ(checked.subject(), "alice");
  EXPECT_EQ(checked.session(), session.sid);
  EXPECT_EQ(checked.client_id(), "web");
  EXPECT_EQ(checked.issuer(), "");
  EXPECT_TRUE(checked.has_scope("write"));
  EXPECT_TRUE(checked.has_audience("api"));
  EXPECT_GT(checked.expires_at(), std::chrono::system_clock::now());
}

TEST_F(Embedded, RefusesWhatIsNoGoodToken) {
  const auto verifier = ready();
  EXPECT_EQ(said(verifier->check("", kLong)), "invalid: not_signed_by_us");
  EXPECT_EQ(said(verifier->check("a.b.c", kLong)), "invalid: not_signed_by_us");
  auto claims = Session().claims();
  claims.set("iat", "1000000000").set("exp", "1000000900");
  EXPECT_EQ(said(verifier->check(signer.sign(claims), kLong)), "invalid: expired");
  claims = Session().claims();
  EXPECT_EQ(said(verifier->check(signer.sign(claims.set("aud", quoted("other"))), kLong)),
            "invalid: wrong_audience");
}

TEST_F(Embedded, RefusesWhatWasTakenBackByAnybody) {
  const auto verifier = ready();
  const Session one, two, three;
  for (const Session* session : {&one, &two, &three}) {
    ASSERT_EQ(said(verifier->check(token(*session), kLong)), "valid");
  }
  const auto soon_revoked = [&](const Session& session) {
    return until([&] {
      return verifier->check(signer.sign(session.claims()), kLong).verdict() == Verdict::revoked;
    });
  };
  redis.run("SET", redis.keys.blacklisted_jti(one.jti), "1");
  EXPECT_TRUE(soon_revoked(one));
  redis.run("SET", redis.keys.blacklisted_session(two.sid), "1");
  EXPECT_TRUE(soon_revoked(two));
  redis.run("SET", redis.keys.blacklisted_subject("alice"), std::to_string(count(now()) + 1000));
  EXPECT_TRUE(soon_revoked(three));
}

TEST_F(Embedded, RemembersWhatItHasFoundGoodUntilItIsTakenBack) {
  const auto verifier = ready();
  const Session session;
  const std::string seen = token(session);
  EXPECT_EQ(verifier->check_cached(seen), std::nullopt);
  const auto remembered = [&] {
    const Checked asked = verifier->check(seen, kLong);
    const auto known = verifier->check_cached(seen);
    return known && known->is_valid() && known->subject() == asked.subject() &&
           known->session() == session.sid && known->has_audience("api") &&
           known->has_scope("read") && known->expires_at() == asked.expires_at();
  };
  ASSERT_TRUE(until(remembered));
  redis.run("SET", redis.keys.blacklisted_jti(session.jti), "1");
  EXPECT_TRUE(until([&] { return !verifier->check_cached(seen); }));
  const Checked checked = verifier->check(seen, kLong);
  EXPECT_EQ(said(checked), "revoked: jti");
  EXPECT_EQ(checked.subject(), "alice");
}

TEST_F(Embedded, CheckCachedComesBackWhateverRedisDoesAndForgetsByItself) {
  options.redis_timeout = 10s;
  const auto verifier = ready();
  const std::string seen = token();
  ASSERT_TRUE(until([&] {
    return verifier->check(seen, kLong).is_valid() && verifier->check_cached(seen).has_value();
  }));
  redis.pause();
  // Nobody is heard from any more, so that a revocation could be missed.
  EXPECT_TRUE(until([&] { return !verifier->check_cached(seen); }));
  EXPECT_EQ(verifier->check(seen, 10ms).verdict(), Verdict::unavailable);
  redis.resume();
  EXPECT_TRUE(until([&] { return verifier->check(seen, kLong).is_valid(); }));
}

TEST_F(Embedded, RemembersNothingWhereThereIsNoRoom) {
  options.cache_entries = 0;
  const auto verifier = ready();
  const std::string seen = token();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(said(verifier->check(seen, kLong)), "valid");
    ASSERT_FALSE(verifier->check_cached(seen));
  }
}

TEST_F(Embedded, OtherKeysAreCountedFromTheirComingOn) {
  WebSite site;
  site.say_body(signer.jwks());
  options.jwks_file.clear();
  options.jwks_url = site.url();
  options.jwks_refresh = 1s;
  const auto verifier = ready();
  const std::string seen = token();
  ASSERT_TRUE(until([&] {
    return verifier->check(seen, kLong).is_valid() && verifier->check_cached(seen).has_value();
  }));
  signer.rotate();
  site.say_body(signer.jwks());
  EXPECT_TRUE(until([&] { return verifier->check(token(), kLong).is_valid(); }));
  EXPECT_FALSE(verifier->check_cached(seen));
  EXPECT_EQ(said(verifier->check(seen, kLong)), "invalid: not_signed_by_us");
}

TEST_F(Embedded, SaysWhatIsWrongWithItsOptions) {
  options.redis_url = "";
  const auto created = Verifier::create(options);
  EXPECT_FALSE(created);
  EXPECT_THAT(created.message(), HasSubstr("redis_url is empty"));
  options.redis_url = redis.url();
  options.jwks_file = "/nowhere";
  EXPECT_THAT(Verifier::create(options).message(), HasSubstr("jwks_file /nowhere cannot be read"));
}

TEST_F(Embedded, CheckComesBackByItsDeadlineWhateverRedisDoes) {
  options.redis_timeout = 10s;
  const auto verifier = ready();
  const std::string unseen = token();
  redis.pause();
  EXPECT_EQ(verifier->check_cached(unseen), std::nullopt);
  EXPECT_EQ(said(verifier->check(unseen, 50ms)), "unavailable: no answer within the deadline");
  EXPECT_EQ(said(verifier->check(unseen, 0ms)), "unavailable: no answer within the deadline");
  EXPECT_EQ(said(verifier->check(unseen, -1ms)), "unavailable: no answer within the deadline");
  redis.resume();
}

TEST_F(Embedded, ADeadlineMayBeAsLongAsCanBeSaid) {
  const auto verifier = ready();
  EXPECT_EQ(said(verifier->check(token(), std::chrono::milliseconds::max())), "valid");
}

TEST_F(Embedded, IsUnavailableWithoutRedisAndComesBackWithIt) {
  const auto verifier = ready();
  const Session session;
  redis.kill();
  ASSERT_TRUE(until([&] { return !verifier->ready(); }));
  EXPECT_THAT(verifier->why_not_ready(), HasSubstr("Redis"));
  EXPECT_EQ(verifier->check(signer.sign(session.claims()), kLong).verdict(), Verdict::unavailable);
  redis.start();
  redis.publish({.max_staleness = 250ms});
  redis.open(session);
  EXPECT_TRUE(
      until([&] { return verifier->check(signer.sign(session.claims()), kLong).is_valid(); }));
}

TEST_F(Embedded, IsReadyOnlyWhereAPolicyStands) {
  redis.run("DEL", redis.keys.policy());
  const auto verifier = create();
  EXPECT_TRUE(until([&] {
    EXPECT_FALSE(verifier->ready());
    return verifier->why_not_ready().starts_with("no policy that is known here stands in Redis");
  }));
  EXPECT_EQ(verifier->check(token(), kLong).verdict(), Verdict::unavailable);
  redis.publish({.max_staleness = 250ms});
  EXPECT_TRUE(until([&] { return verifier->ready(); }));
  EXPECT_EQ(verifier->check(token(), kLong).verdict(), Verdict::valid);
}

TEST_F(Embedded, IsNotReadyWhileRedisIsSilent) {
  const auto verifier = ready();
  redis.pause();
  ASSERT_TRUE(until([&] { return !verifier->ready(); }));
  EXPECT_THAT(verifier->why_not_ready(), HasSubstr("has been silent for longer than 247 ms"));
  redis.resume();
  EXPECT_TRUE(until([&] { return verifier->ready(); }));
}

TEST_F(Embedded, IsNotReadyWhereTheClocksDiffer) {
  using testing::Say;
  const std::string policy = core::Policy{.max_staleness = 250ms}.text();
  testing::Conversation years_ago{Say{testing::kHelloReply}, Say{"+OK\r\n"}};
  for (int i = 0; i < 10'000; ++i) {
    years_ago.emplace_back(Say{"$" + std::to_string(policy.size()) + "\r\n" + policy + "\r\n"});
    years_ago.emplace_back(Say{"*2\r\n$10\r\n1000000000\r\n$1\r\n0\r\n"});
    years_ago.emplace_back(Say{testing::kHelloReply});
  }
  const testing::ScriptedRedis scripted({years_ago});
  options.redis_url = "redis://" + to_string(scripted.target()->address);
  const auto verifier = create();
  EXPECT_TRUE(until([&] {
    EXPECT_FALSE(verifier->ready());
    return verifier->why_not_ready().starts_with("the clocks of Redis and of this machine");
  }));
}

TEST_F(Embedded, IsReadyWhereThePolicyAllowsNoLease) {
  redis.publish({.max_staleness = 1ms});
  const auto verifier = ready();
  const std::string seen = token();
  for (int i = 0; i < 10; ++i) ASSERT_EQ(said(verifier->check(seen, kLong)), "valid");
  EXPECT_FALSE(verifier->check_cached(seen));
}

TEST_F(Embedded, ACallbackIsCalledOnce) {
  const auto verifier = ready();
  std::atomic<int> calls = 0;
  std::promise<std::string> answer;
  verifier->check(token(), [&](const Checked& checked) {
    if (++calls == 1) answer.set_value(said(checked));
  });
  EXPECT_EQ(answer.get_future().get(), "valid");
  verifier->check("no token", [&](const Checked&) { ++calls; });
  EXPECT_EQ(calls, 2);  // known at once, so before check() returned
}

TEST_F(Embedded, RefusesAtOnceWhatIsMoreThanItTakes) {
  const auto verifier = ready();
  const std::string unseen = token();
  // The library's thread takes nothing while it is held up.
  std::promise<void> held, let_go;
  verifier->check(token(), [&](const Checked&) {
    held.set_value();
    let_go.get_future().wait();
  });
  held.get_future().wait();
  constexpr int kMost = 4096, kTooMany = 100;
  std::atomic<int> told = 0;
  for (int i = 0; i < kMost; ++i) verifier->check(unseen, [&](const Checked&) { ++told; });
  EXPECT_EQ(told, 0);
  std::vector<std::string> refused;
  for (int i = 0; i < kTooMany; ++i) {
    verifier->check(unseen, [&](const Checked& checked) { refused.push_back(said(checked)); });
  }
  EXPECT_EQ(refused, std::vector<std::string>(
                         kTooMany, "unavailable: too many questions to Redis are under way"));
  EXPECT_EQ(said(verifier->check(unseen, 1s)),
            "unavailable: too many questions to Redis are under way");
  let_go.set_value();
  EXPECT_TRUE(until([&] { return told == kMost; }));
  EXPECT_EQ(said(verifier->check(unseen, kLong)), "valid");
}

TEST_F(Embedded, WhatACallbackThrowsGoesNoFurther) {
  const auto verifier = ready();
  verifier->check("no token", [](const Checked&) { throw std::runtime_error("x"); });
  verifier->check(token(), [](const Checked&) { throw 1; });
  verifier->check(token(), nullptr);
  EXPECT_EQ(said(verifier->check(token(), kLong)), "valid");
}

TEST_F(Embedded, WhatTheLogThrowsGoesNoFurther) {
  options.log = [](LogLevel, std::string_view) { throw 1; };
  const auto verifier = ready();
  EXPECT_EQ(said(verifier->check(token(), kLong)), "valid");
}

TEST_F(Embedded, DestroyingItEndsWhatIsPending) {
  options.redis_timeout = 10s;
  auto verifier = ready();
  std::vector<std::string> tokens;
  for (int i = 0; i < 10; ++i) tokens.push_back(token());
  redis.pause();
  std::vector<std::string> answers;
  for (const std::string& one : tokens) {
    verifier->check(
        one, [&](const Checked& checked) { answers.push_back(to_string(checked.verdict())); });
  }
  verifier.reset();
  EXPECT_EQ(answers, std::vector<std::string>(10, "unavailable"));
  redis.resume();
}

TEST_F(Embedded, DestroyingItLetsGoOfWhoeverWaits) {
  options.redis_timeout = 10s;
  auto verifier = ready();
  const std::string unseen = token();
  redis.pause();
  std::atomic<bool> asking = false;
  auto waiting = std::async(std::launch::async, [&, raw = verifier.get()] {
    asking = true;
    return std::string(to_string(raw->check(unseen, kLong).verdict()));
  });
  ASSERT_TRUE(until([&] { return asking.load(); }));
  std::this_thread::sleep_for(100ms);  // it is inside by now, or it comes too late to be let go
  verifier.reset();
  EXPECT_EQ(waiting.get(), "unavailable");
  redis.resume();
}

TEST_F(Embedded, ManyThreadsMayUseIt) {
  const auto verifier = ready();
  std::vector<std::string> tokens;
  for (int i = 0; i < 8; ++i) tokens.push_back(token());
  const std::string bad = Signer().sign(Session().claims());
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        for (const std::string& one : tokens) {
          const auto known = verifier->check_cached(one);
          if (known && !known->is_valid()) ++wrong;
          if (!verifier->check(one, kLong).is_valid()) ++wrong;
        }
        if (verifier->check(bad, kLong).verdict() != Verdict::invalid) ++wrong;
        verifier->ready();
      }
    });
  }
  signer.rotate();
  testing::write_text(directory / "other.json", signer.jwks());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Embedded, KeysMayComeFromAnAddress) {
  WebSite site;
  options.jwks_file.clear();
  options.jwks_url = site.url();
  site.say("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  const auto verifier = create();
  const std::string good = token();
  ASSERT_TRUE(until([&] { return !site.requests().empty(); }));
  EXPECT_THAT(said(verifier->check(good, kLong)), HasSubstr("unavailable: the keys of issuer"));
  EXPECT_EQ(said(verifier->check("a.b.c", kLong)), "invalid: not_signed_by_us");
  EXPECT_FALSE(verifier->ready());
  site.say_body(signer.jwks());
  EXPECT_TRUE(until([&] { return verifier->check(good, kLong).is_valid(); }));
}

/// Keycloak's: no sid, typ JWT, and a watermark is held against iat.
class WithKeycloak : public Embedded {
 protected:
  WithKeycloak() {
    testing::write_text(directory / "keycloak.json", keycloak.jwks());
    IssuerOptions issuer;
    issuer.name = "keycloak";
    issuer.iss = "https://keycloak.example/realms/a";
    issuer.audience = {"account"};
    issuer.algorithms = {"EdDSA"};
    issuer.jwks_file = directory / "keycloak.json";
    issuer.profile = Profile::jwt;
    options.issuers = {issuer};
  }
  std::string theirs(const Signer& by, std::chrono::seconds age = 60s) const {
    auto claims = Session().claims();
    const auto issued = count(now()) / 1000 - age.count();
    claims.drop("sid").drop("client_id").set("iss", quoted("https://keycloak.example/realms/a"));
    claims.set("aud", quoted("account")).set("iat", std::to_string(issued));
    return by.sign(claims, "JWT");
  }
  const Signer keycloak{"keycloak-"};
};

TEST_F(WithKeycloak, JudgesTokensOfSeveralIssuersEachByItsOwnRules) {
  const auto verifier = ready();
  EXPECT_EQ(said(verifier->check(token(), kLong)), "valid");
  const Checked checked = verifier->check(theirs(keycloak), kLong);
  ASSERT_EQ(said(checked), "valid");
  EXPECT_EQ(checked.subject(), "keycloak/alice");
  EXPECT_EQ(checked.session(), "");
  EXPECT_EQ(checked.issuer(), "keycloak");
  EXPECT_EQ(said(verifier->check(theirs(signer), kLong)), "invalid: wrong_type");
}

TEST_F(WithKeycloak, HoldsAWatermarkAgainstWhenATokenWasIssued) {
  const auto verifier = ready();
  const std::string old = theirs(keycloak, 120s);
  const std::string young = theirs(keycloak, 0s);
  ASSERT_EQ(said(verifier->check(old, kLong)), "valid");
  ASSERT_EQ(said(verifier->check(young, kLong)), "valid");
  redis.run("SET", redis.keys.blacklisted_subject("keycloak/alice"),
            std::to_string(count(now()) - 90'000));
  EXPECT_TRUE(until([&] { return said(verifier->check(old, kLong)) == "revoked: subject"; }));
  EXPECT_EQ(said(verifier->check(young, kLong)), "valid");
}

// Their tokens have no session that could be missed: under a name that nobody writes, nothing would
// speak against one.
TEST_F(WithKeycloak, KnowsNothingWhereKeysAreSpelledInAnotherForm) {
  const redis::Keys tagged({"", true});
  const std::string alices = theirs(keycloak, 120s);
  for (const bool wants_tags : {false, true}) {
    const redis::Keys keys = wants_tags ? redis.keys : tagged;
    options.redis_hash_tags = wants_tags;
    redis.publish({.max_staleness = 250ms, .keys = keys.spelling()});
    redis.run("SET", keys.blacklisted_subject("keycloak/alice"), "1");
    const auto verifier = create();
    for (const std::string& each : {alices, token()}) {
      const auto answer = said(verifier->check(each, kLong));
      EXPECT_THAT(answer, HasSubstr("unavailable: the keys in Redis are spelled in another form"));
      EXPECT_THAT(answer, HasSubstr("set redis_hash_tags as the server has"));
      EXPECT_FALSE(verifier->check_cached(each));
    }
    options.redis_hash_tags = !wants_tags;
    EXPECT_EQ(said(ready()->check(alices, kLong)), "revoked: subject");
    redis.run("DEL", keys.blacklisted_subject("keycloak/alice"));
    EXPECT_EQ(said(ready()->check(alices, kLong)), "valid");
  }
}

TEST_F(Embedded, ItsThreadTakesNoSignals) {
  const auto verifier = ready();
  // Every thread but those that take it has it blocked; the test's own is the only other.
  sigset_t one, before;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &one, &before);
  ::kill(::getpid(), SIGUSR1);  // would end the process, if the library's thread took it
  EXPECT_EQ(said(verifier->check(token(), kLong)), "valid");
  int which = 0;
  sigwait(&one, &which);
  EXPECT_EQ(which, SIGUSR1);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace recant::embed
