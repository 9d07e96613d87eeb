#include "verify/revocation.hpp"

#include <gtest/gtest.h>

#include "tokens.hpp"

namespace recant::verify {

inline void PrintTo(RevokedBy by, std::ostream* out) { *out << name_of(by); }
inline void PrintTo(const Unavailable& unknown, std::ostream* out) { *out << unknown.why; }

namespace {

const Identity& token() {
  static const auto identity = Identity::of(*verifier().verify(signed_token(Claims()), kNow));
  return identity;
}
/// The milliseconds of its sid, moved.
std::string watermark(std::int64_t after_sid) { return std::to_string(0x018bcfe56400 + after_sid); }

RevocationAnswers alive() {
  RevocationAnswers answers;
  answers.session_exists = true;
  answers.policy.emplace();
  return answers;
}

/// By what it is dead, nothing, or a test failure where it cannot be known.
std::optional<RevokedBy> revoked_by(const RevocationAnswers& answers) {
  const auto decided = decide_revoked(token(), answers);
  EXPECT_TRUE(decided.has_value()) << (decided ? "" : decided.error().why);
  return decided ? *decided : std::nullopt;
}

TEST(Revocation, ATokenOfWhichNothingIsWrittenIsAlive) {
  EXPECT_EQ(revoked_by(alive()), std::nullopt);
}

TEST(Revocation, AnyValueOfAnEntryCounts) {
  for (const char* value : {"1", "0", "", "false", "nil", "whatever"}) {
    RevocationAnswers answers = alive();
    answers.token = value;
    EXPECT_EQ(revoked_by(answers), RevokedBy::token) << value;
    answers = alive();
    answers.session = value;
    EXPECT_EQ(revoked_by(answers), RevokedBy::session) << value;
  }
}

TEST(Revocation, ASessionIsDeadIfItsSidIsAtOrBeforeTheWatermark) {
  for (const auto member : {&RevocationAnswers::subject, &RevocationAnswers::everybody}) {
    const auto by =
        member == &RevocationAnswers::subject ? RevokedBy::subject : RevokedBy::everybody;
    RevocationAnswers answers = alive();
    answers.*member = watermark(-1);
    EXPECT_EQ(revoked_by(answers), std::nullopt);
    answers.*member = watermark(0);
    EXPECT_EQ(revoked_by(answers), by);
    answers.*member = watermark(1);
    EXPECT_EQ(revoked_by(answers), by);
  }
}

TEST(Revocation, AWatermarkThatIsNoneMeansEverything) {
  for (const char* value :
       {"1", "", "0", "-1", "true", "999999999999", "1700000000", "1e12", "1000000000000.5",
        " 1000000000000", "1000000000000 ", "+1000000000000", "0x100000000000",
        "99999999999999999999999999", "-1000000000000", "nan"}) {
    for (const auto member : {&RevocationAnswers::subject, &RevocationAnswers::everybody}) {
      RevocationAnswers answers = alive();
      answers.*member = value;
      EXPECT_NE(revoked_by(answers), std::nullopt) << "'" << value << "'";
    }
  }
  // The smallest that is one: a time long before this session.
  RevocationAnswers answers = alive();
  answers.subject = "1000000000000";
  answers.everybody = "1000000000000";
  EXPECT_EQ(revoked_by(answers), std::nullopt);
}

TEST(Revocation, ASessionWithoutItsRecordIsLost) {
  EXPECT_EQ(revoked_by(RevocationAnswers{}), RevokedBy::lost_session);
}

TEST(Revocation, OfSeveralTheOneThatTellsMostIsNamed) {
  RevocationAnswers answers;
  EXPECT_EQ(revoked_by(answers), RevokedBy::lost_session);
  answers.token = "1";
  EXPECT_EQ(revoked_by(answers), RevokedBy::token);
  answers.everybody = watermark(5);
  EXPECT_EQ(revoked_by(answers), RevokedBy::everybody);
  answers.subject = watermark(5);
  EXPECT_EQ(revoked_by(answers), RevokedBy::subject);
  answers.session = "1";
  EXPECT_EQ(revoked_by(answers), RevokedBy::session);
}

TEST(Revocation, OnTheWhitelistAnyValueCountsAndNoneIsDead) {
  for (const auto strategy : {core::Strategy::blacklist, core::Strategy::whitelist}) {
    RevocationAnswers answers = alive();
    answers.policy->strategy = strategy;
    for (const char* value : {"1", "0", "", "dead"}) {
      answers.whitelist = {value};
      EXPECT_EQ(revoked_by(answers), std::nullopt) << value;
    }
    answers.whitelist.emplace();
    EXPECT_EQ(revoked_by(answers), RevokedBy::not_whitelisted);
    answers.token = "1";
    EXPECT_EQ(revoked_by(answers), RevokedBy::token);
  }
}

TEST(Revocation, UnderNamesOfAnotherFormOnlyWhatStandsSaysAnything) {
  using core::KeyForm;
  constexpr auto kOtherKeys = Unavailable::Kind::other_keys;
  for (const auto asked : {KeyForm::plain, KeyForm::tagged}) {
    for (const auto stands : {KeyForm::plain, KeyForm::tagged, KeyForm::converting}) {
      RevocationAnswers answers = alive();
      answers.policy->keys = stands;
      answers.asked_under = asked;
      EXPECT_EQ(decide_revoked(token(), answers).has_value(), asked == stands);
      if (asked == stands) continue;
      EXPECT_EQ(decide_revoked(token(), answers).error().kind, kOtherKeys);
      answers.session_exists = false;
      EXPECT_EQ(decide_revoked(token(), answers).error().kind, kOtherKeys) << "it is elsewhere";
      answers.whitelist.emplace();
      EXPECT_EQ(decide_revoked(token(), answers).error().kind, kOtherKeys) << "likewise";
      answers.session = "1";
      EXPECT_EQ(revoked_by(answers), RevokedBy::session);
    }
  }
}

TEST(Revocation, AliveIsOnlyWhatThePolicyCallsAlive) {
  RevocationAnswers lost = alive();
  lost.policy.reset();
  EXPECT_FALSE(decide_revoked(token(), lost));
  lost.whitelist = {"1"};
  EXPECT_FALSE(decide_revoked(token(), lost));

  RevocationAnswers changed = alive();
  changed.policy->strategy = core::Strategy::whitelist;
  EXPECT_FALSE(decide_revoked(token(), changed)) << "it was not asked for";

  RevocationAnswers back = alive();
  back.policy->whitelisted_until = token().issued_at();
  EXPECT_FALSE(decide_revoked(token(), back)) << "nor was it here";
  *back.policy->whitelisted_until -= seconds{1};
  EXPECT_EQ(revoked_by(back), std::nullopt);

  lost.session = "1";
  EXPECT_EQ(revoked_by(lost), RevokedBy::session) << "what is known to be dead is told";
}

}  // namespace
}  // namespace recant::verify
