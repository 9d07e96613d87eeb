#include "verify/revocation.hpp"

#include <gtest/gtest.h>

#include "tokens.hpp"

namespace recant::verify {

inline void PrintTo(RevokedBy by, std::ostream* out) { *out << name_of(by); }

namespace {

const VerifiedToken& token() {
  static const VerifiedToken verified = *verifier().verify(signed_token(Claims()), kNow);
  return verified;
}
/// The milliseconds of its sid, moved.
std::string watermark(std::int64_t after_sid) { return std::to_string(0x018bcfe56400 + after_sid); }

RevocationAnswers alive() {
  RevocationAnswers answers;
  answers.session_exists = true;
  return answers;
}

TEST(Revocation, ATokenOfWhichNothingIsWrittenIsAlive) {
  EXPECT_EQ(decide_revoked(token(), alive()), std::nullopt);
}

TEST(Revocation, AnyValueOfAnEntryCounts) {
  for (const char* value : {"1", "0", "", "false", "nil", "whatever"}) {
    RevocationAnswers answers = alive();
    answers.token = value;
    EXPECT_EQ(decide_revoked(token(), answers), RevokedBy::token) << value;
    answers = alive();
    answers.session = value;
    EXPECT_EQ(decide_revoked(token(), answers), RevokedBy::session) << value;
  }
}

TEST(Revocation, ASessionIsDeadIfItsSidIsAtOrBeforeTheWatermark) {
  for (const auto member : {&RevocationAnswers::subject, &RevocationAnswers::everybody}) {
    const auto by =
        member == &RevocationAnswers::subject ? RevokedBy::subject : RevokedBy::everybody;
    RevocationAnswers answers = alive();
    answers.*member = watermark(-1);
    EXPECT_EQ(decide_revoked(token(), answers), std::nullopt);
    answers.*member = watermark(0);
    EXPECT_EQ(decide_revoked(token(), answers), by);
    answers.*member = watermark(1);
    EXPECT_EQ(decide_revoked(token(), answers), by);
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
      EXPECT_NE(decide_revoked(token(), answers), std::nullopt) << "'" << value << "'";
    }
  }
  // The smallest that is one: a time long before this session.
  RevocationAnswers answers = alive();
  answers.subject = "1000000000000";
  answers.everybody = "1000000000000";
  EXPECT_EQ(decide_revoked(token(), answers), std::nullopt);
}

TEST(Revocation, ASessionWithoutItsRecordIsLost) {
  EXPECT_EQ(decide_revoked(token(), RevocationAnswers{}), RevokedBy::lost_session);
}

TEST(Revocation, OfSeveralTheOneThatTellsMostIsNamed) {
  RevocationAnswers answers;
  EXPECT_EQ(decide_revoked(token(), answers), RevokedBy::lost_session);
  answers.token = "1";
  EXPECT_EQ(decide_revoked(token(), answers), RevokedBy::token);
  answers.everybody = watermark(5);
  EXPECT_EQ(decide_revoked(token(), answers), RevokedBy::everybody);
  answers.subject = watermark(5);
  EXPECT_EQ(decide_revoked(token(), answers), RevokedBy::subject);
  answers.session = "1";
  EXPECT_EQ(decide_revoked(token(), answers), RevokedBy::session);
}

}  // namespace
}  // namespace recant::verify
