// Who asks, who waits for another's answer, and for whom that answer counts.
#include "verify/questions.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <new>

#include "testing/manual_clock.hpp"
#include "testing/seeded_random.hpp"
#include "tokens.hpp"

namespace recant::verify {
namespace {

using ::testing::ElementsAre;

/// Answers when the test says so, in the order of the asking.
class PatientReader final : public RevocationReader {
 public:
  explicit PatientReader(boost::asio::io_context& io) : io_(io) {}

  std::vector<std::string> watched_keys(const Identity& token) const override {
    return {std::string(token.jti()), std::string(token.session()), std::string(token.subject())};
  }
  Task<Result<RevocationAnswers, Unavailable>> ask(const Identity&) override {
    ++asked;
    Waiting waiting{boost::asio::steady_timer(io_, SteadyInstant::max()), {}};
    waiting_.push_back(&waiting);
    boost::system::error_code woken;
    co_await waiting.timer.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    if (has_no_memory) throw std::bad_alloc();
    if (!waiting.answers) co_return Unavailable{"a test", kind};
    co_return *waiting.answers;
  }
  Task<Result<core::Reason, Unavailable>> read_reason(RevokedBy, const Identity&) override {
    co_return core::Reason::logout;
  }
  void answer(std::optional<RevocationAnswers> answers) {
    Waiting* const first = waiting_.front();
    waiting_.pop_front();
    first->answers = std::move(answers);
    first->timer.cancel();
  }

  milliseconds allow_cached_for() const override { return allowed; }

  int asked = 0;
  bool has_no_memory = false;
  milliseconds allowed{0};
  Unavailable::Kind kind = Unavailable::Kind::unreached;

 private:
  struct Waiting {
    boost::asio::steady_timer timer;
    std::optional<RevocationAnswers> answers;
  };
  boost::asio::io_context& io_;
  std::deque<Waiting*> waiting_;
};

class QuestionsTest : public ::testing::Test {
 protected:
  boost::asio::io_context io{1};
  testing::ManualClock manual{kNow};
  NeverBackClock clock{manual};
  testing::SeededRandom random{1};
  const std::shared_ptr<AccessTokenVerifier> keys =
      std::make_shared<AccessTokenVerifier>(verify::verifier());
  Verifier verifier{100, keys, clock, random};
  PatientReader reader{io};
  QuestionOptions few{.most = 3};
  Questions questions{io.get_executor(), verifier, reader, clock, few};
  const std::string token = signed_token(Claims());
  std::vector<std::string> told;

  void lease() { verifier.grant_lease(clock.steady(), milliseconds{250}); }
  void go_on() {
    io.restart();
    io.poll();
  }
  void check(const std::string& name, const std::string& what) {
    questions.ask(*verifier.begin(what), [this, name](const Judgement& judgement) {
      told.push_back(name + ": " + std::string(name_of(judgement.verdict)) + " " +
                     std::string(judgement.cause()));
    });
    go_on();
  }
  void check(const std::string& name) { check(name, token); }
  static RevocationAnswers alive() {
    RevocationAnswers answers;
    answers.session_exists = true;
    answers.policy = core::Policy{};
    answers.asked_at = kNow;
    return answers;
  }
  static RevocationAnswers dead() {
    auto answers = alive();
    answers.token = "1";
    return answers;
  }
  void answer(std::optional<RevocationAnswers> answers) {
    reader.answer(std::move(answers));
    go_on();
  }
};

TEST_F(QuestionsTest, WhoeverWaitsIsToldWhereAskingFailsForWantOfMemory) {
  lease();
  check("first");
  check("second");
  reader.has_no_memory = true;
  answer(alive());
  EXPECT_THAT(told, ElementsAre("first: unavailable redis", "second: unavailable redis"));
  reader.has_no_memory = false;
  check("third");
  answer(alive());
  EXPECT_EQ(told.back(), "third: valid ");
}

TEST_F(QuestionsTest, AnAnswerIsToldAndRemembered) {
  lease();
  check("a");
  EXPECT_THAT(told, ElementsAre());
  answer(alive());
  EXPECT_THAT(told, ElementsAre("a: valid "));
  EXPECT_TRUE(verifier.check_cached(token));
}

TEST_F(QuestionsTest, WhatIsDeadOrUnknownIsNotRemembered) {
  lease();
  check("a");
  answer(dead());
  check("b");
  answer(std::nullopt);
  auto no_policy = alive();
  no_policy.policy.reset();
  check("c");
  answer(no_policy);
  auto other_keys = alive();
  other_keys.policy->keys = core::KeyForm::tagged;
  check("d");
  answer(other_keys);
  EXPECT_THAT(told, ElementsAre("a: revoked jti", "b: unavailable redis", "c: unavailable policy",
                                "d: unavailable other_keys"));
  EXPECT_FALSE(verifier.check_cached(token));
}

TEST_F(QuestionsTest, ManyThatWantToKnowTheSameAskOnce) {
  lease();
  for (const char* name : {"a", "b", "c"}) check(name);
  EXPECT_EQ(reader.asked, 1);
  answer(alive());
  EXPECT_THAT(told, ElementsAre("a: valid ", "b: valid ", "c: valid "));
}

TEST_F(QuestionsTest, AnotherTokenIsAnotherQuestion) {
  lease();
  check("a");
  check("b", signed_token(Claims().set("jti", R"("another")")));
  EXPECT_EQ(reader.asked, 2);
}

TEST_F(QuestionsTest, WithoutALeaseEverybodyAsksForHimself) {
  check("a");
  check("b");
  EXPECT_EQ(reader.asked, 2);
  answer(alive());
  answer(dead());
  EXPECT_THAT(told, ElementsAre("a: valid ", "b: revoked jti"));
}

TEST_F(QuestionsTest, AChangeMeanwhileMakesThoseWhoJoinedAskAfresh) {
  lease();
  check("a");
  check("b");
  check("c");
  verifier.key_changed("018bcfe5-6800-7000-8000-00000000000a");
  answer(alive());
  EXPECT_THAT(told, ElementsAre("a: valid ")) << "that one began before the asking";
  EXPECT_EQ(reader.asked, 2) << "the others, together";
  EXPECT_FALSE(verifier.check_cached(token));
  answer(dead());
  EXPECT_THAT(told, ElementsAre("a: valid ", "b: revoked jti", "c: revoked jti"));
}

TEST_F(QuestionsTest, ADeadTokenIsDeadForAllWhoWait) {
  lease();
  check("a");
  check("b");
  verifier.may_have_missed();
  answer(dead());
  EXPECT_THAT(told, ElementsAre("a: revoked jti", "b: revoked jti"));
}

TEST_F(QuestionsTest, BeyondTheMostThatAreUnderWayTheAnswerIsNoAtOnce) {
  for (const char* name : {"a", "b", "c", "d"}) check(name);
  EXPECT_THAT(told, ElementsAre("d: unavailable busy"));
  answer(alive());
  check("e");
  EXPECT_EQ(reader.asked, 4) << "there is room again";
}

TEST_F(QuestionsTest, AClockTooFarFromOursMakesNothingKnown) {
  lease();
  for (const auto more : {milliseconds{1}, milliseconds{-1}}) {
    auto answers = alive();
    answers.asked_at = kNow + std::chrono::minutes{4} / milliseconds{1} * more;
    check("in");
    answer(answers);
    verifier.may_have_missed();
    answers.asked_at += more;
    check("out");
    answer(answers);
  }
  EXPECT_THAT(told, ElementsAre("in: valid ", "out: unavailable clock", "in: valid ",
                                "out: unavailable clock"));
}

TEST_F(QuestionsTest, AnEndOfThePlaceIsTakenAlong) {
  lease();
  auto answers = alive();
  answers.policy->strategy = core::Strategy::whitelist;
  answers.whitelist = {"1", milliseconds{100}};
  check("a");
  answer(answers);
  EXPECT_TRUE(verifier.check_cached(token));
  manual.advance(milliseconds{100});
  EXPECT_FALSE(verifier.check_cached(token));
}

TEST_F(QuestionsTest, WhatChangedCostsOneQuestionAndNoSignature) {
  lease();
  check("first");
  answer(alive());
  keys->use_keys({});  // so nothing more is found good by its signature
  verifier.key_changed("018bcfe5-6800-7000-8000-00000000000a");
  check("pushed");
  answer(alive());
  verifier.everything_changed();
  check("flushed");
  answer(alive());
  verifier.may_have_missed();
  check("lost");
  answer(dead());
  EXPECT_THAT(
      told, ElementsAre("first: valid ", "pushed: valid ", "flushed: valid ", "lost: revoked jti"));
  EXPECT_EQ(reader.asked, 4);
}

TEST_F(QuestionsTest, ByTheWhitelistTooAnEndedPlaceCostsOneQuestionAndNoSignature) {
  lease();
  auto answers = alive();
  answers.policy->strategy = core::Strategy::whitelist;
  answers.whitelist = {"1", milliseconds{100}};
  check("first");
  answer(answers);
  keys->use_keys({});
  manual.advance(milliseconds{100});
  EXPECT_FALSE(verifier.check_cached(token));
  answers.whitelist = {"1", milliseconds{200}};
  check("written anew");
  answer(answers);
  EXPECT_TRUE(verifier.check_cached(token));
  verifier.key_changed("018bcfe5-6800-7000-8000-00000000000a");
  answers.whitelist.emplace();
  check("taken away");
  answer(answers);
  EXPECT_THAT(
      told, ElementsAre("first: valid ", "written anew: valid ", "taken away: revoked whitelist"));
}

TEST_F(QuestionsTest, RecallsOnlyWhereThatIsAllowed) {
  lease();
  check("a");
  answer(alive());
  check("b");
  answer(std::nullopt);
  reader.allowed = seconds{10};
  check("c");
  answer(std::nullopt);
  manual.advance(seconds{11});
  check("d");
  answer(std::nullopt);
  EXPECT_THAT(
      told, ElementsAre("a: valid ", "b: unavailable redis", "c: valid ", "d: unavailable redis"));
}

TEST_F(QuestionsTest, RecallsNothingWhereRedisIsReached) {
  lease();
  reader.allowed = seconds{10};
  check("a");
  answer(alive());
  reader.kind = Unavailable::Kind::answered_ill;
  check("b");
  answer(std::nullopt);
  reader.kind = Unavailable::Kind::overloaded;
  check("c");
  answer(std::nullopt);
  EXPECT_THAT(told, ElementsAre("a: valid ", "b: unavailable redis", "c: unavailable busy"));
}

TEST_F(QuestionsTest, WhatIsDeadIsNotRecalled) {
  lease();
  reader.allowed = seconds{10};
  check("a");
  answer(alive());
  verifier.may_have_missed();
  check("b");
  answer(dead());
  check("c");
  answer(std::nullopt);
  EXPECT_THAT(told, ElementsAre("a: valid ", "b: revoked jti", "c: unavailable redis"));
}

TEST_F(QuestionsTest, OneThatIsStoppedTellsSo) {
  questions.stop();
  check("a");
  EXPECT_THAT(told, ElementsAre("a: unavailable stopped"));
}

}  // namespace
}  // namespace recant::verify
