// The library by its public header, on a real Redis.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <recant/verifier.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <thread>

#include "fetch/web_site.hpp"
#include "testing/temporary_directory.hpp"
#include "world.hpp"

namespace recant::embed {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::WebSite;

constexpr auto kLong = 20s;

::testing::AssertionResult until(const std::function<bool()>& so) {
  const auto end = std::chrono::steady_clock::now() + kLong;
  while (!so()) {
    if (std::chrono::steady_clock::now() > end) return ::testing::AssertionFailure() << "never";
    std::this_thread::sleep_for(1ms);
  }
  return ::testing::AssertionSuccess();
}

class Embedded : public ::testing::Test {
 protected:
  Embedded() {
    testing::write_text(directory / "keys.json", signer.jwks());
    options.redis_url = redis.url();
    options.redis_timeout = 5s;
    options.issuer = verify::options().issuer;
    options.audience = {"api"};
    options.jwks_file = directory / "keys.json";
  }

  std::unique_ptr<Verifier> create() {
    auto created = Verifier::create(options);
    if (!created) throw std::runtime_error(created.message());
    return std::move(created.verifier);
  }
  std::unique_ptr<Verifier> ready() {
    auto verifier = create();
    if (!until([&] { return verifier->ready(); }))
      throw std::runtime_error(verifier->why_not_ready());
    return verifier;
  }
  /// Of a session that stands.
  std::string token(const Session& session = {}) {
    redis.open(session);
    return signer.sign(session.claims());
  }

  const testing::TemporaryDirectory directory;
  Signer signer;
  ServedRedis redis;
  VerifierOptions options;
};

/// "valid", "revoked: token".
std::string said(const Checked& checked) {
  std::string text = to_string(checked.verdict());
  if (!checked.reason().empty()) text += ": " + std::string(checked.reason());
  return text;
}

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
  EXPECT_EQ(said(verifier->check(signer.sign(claims.set("exp", "1000000000")), kLong)),
            "invalid: too_long_lived");
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

TEST_F(Embedded, IsUnavailableWithoutRedisAndComesBackWithIt) {
  const auto verifier = ready();
  const Session session;
  redis.kill();
  ASSERT_TRUE(until([&] { return !verifier->ready(); }));
  EXPECT_THAT(verifier->why_not_ready(), HasSubstr("Redis"));
  EXPECT_EQ(verifier->check(signer.sign(session.claims()), kLong).verdict(), Verdict::unavailable);
  redis.start();
  redis.run("SET", redis.keys.policy(), core::Policy{}.text());
  redis.open(session);
  EXPECT_TRUE(
      until([&] { return verifier->check(signer.sign(session.claims()), kLong).is_valid(); }));
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

/// What a real child of fork() says, which uses `ask` and ends.
std::string in_child(const std::function<std::string()>& ask) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string said = ask();
    const auto written = ::write(ends[1], said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  char chunk[256];
  for (ssize_t got = 0; (got = ::read(ends[0], chunk, sizeof(chunk))) > 0;) said.append(chunk, got);
  ::close(ends[0]);
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? said : "ended badly";
}

TEST_F(Embedded, AfterForkTheChildsIsUnavailableAndTheParentsGoesOn) {
  auto verifier = ready();
  const std::string good = token();
  ASSERT_EQ(said(verifier->check(good, kLong)), "valid");
  const std::string told = in_child([&] {
    std::string all = said(verifier->check(good, kLong)) + "\n";
    all += said(verifier->check_cached(good).value_or(Checked())) + "\n";
    verifier->check(good, [&](const Checked& checked) { all += said(checked) + "\n"; });
    all += verifier->ready() ? "ready\n" : verifier->why_not_ready() + "\n";
    verifier.reset();
    return all + "destroyed";
  });
  const std::string forked = "made before fork(): make a verifier anew in the child";
  const std::string unavailable = "unavailable: " + forked + "\n";
  EXPECT_EQ(told, unavailable + unavailable + unavailable + forked + "\ndestroyed");
  // The child has touched nothing of ours: neither the socket nor what waits for it.
  EXPECT_EQ(said(verifier->check(token(), kLong)), "valid");
}

TEST_F(Embedded, AChildOfForkMakesItsOwn) {
  const auto parents = ready();
  const std::string good = token();
  EXPECT_EQ(in_child([&] {
              auto created = Verifier::create(options);
              if (!created) return std::string(created.message());
              until([&] { return created.verifier->ready(); });
              return said(created.verifier->check(good, kLong));
            }),
            "valid");
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
