// What the verifier may say from memory, and what takes that away again.
#include "verify/verifier.hpp"

#include <gmock/gmock.h>

#include "testing/manual_clock.hpp"
#include "testing/seeded_random.hpp"
#include "tokens.hpp"

namespace recant::verify {
namespace {

const std::vector<std::string> kKeys{"of-the-jti", "of-the-session", "of-the-subject",
                                     "of-the-place"};

class VerifierTest : public ::testing::Test {
 protected:
  testing::ManualClock manual{kNow};
  NeverBackClock clock{manual};
  testing::SeededRandom random{1};
  const std::shared_ptr<AccessTokenVerifier> keys =
      std::make_shared<AccessTokenVerifier>(verify::verifier());
  Verifier verifier{100, keys, clock, random};
  const std::string token = signed_token(Claims());

  VerifierTest() { verifier.grant_lease(clock.steady(), milliseconds{250}); }

  /// As if Redis had been asked and had found it good; `meanwhile` happens before it answers.
  void ask(
      const std::function<void()>& meanwhile = [] {},
      SteadyInstant place_ends_at = SteadyInstant::max()) {
    const auto question = verifier.begin(token);
    ASSERT_TRUE(question);
    const auto places = verifier.places_of(kKeys);
    auto noted = verifier.note(*question, places);
    noted.place_ends_at = place_ends_at;
    meanwhile();
    verifier.found_good(*question, places, noted);
  }
  /// From now on no signature is found good: what is good all the same was not verified again.
  void lose_keys() { keys->use_keys({}); }
  std::string begun() const {
    const auto question = verifier.begin(token);
    return std::string(question ? "a question" : name_of(question.error()));
  }
  bool known() const { return verifier.check_cached(token).has_value(); }
  void hear_again() { verifier.grant_lease(clock.steady(), milliseconds{250}); }
};

TEST_F(VerifierTest, KnowsNothingThatWasNotAsked) { EXPECT_FALSE(known()); }

TEST_F(VerifierTest, KnowsWhatWasFoundGoodAndWhoseItIs) {
  ask();
  const auto identity = verifier.check_cached(token);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->subject(), "0190a1b2-0000-7000-8000-000000000001");
  EXPECT_FALSE(verifier.check_cached(token + "x"));
}

TEST_F(VerifierTest, AChangeOfAnyOfItsKeysMakesItUnknown) {
  for (const std::string& key : kKeys) {
    ask();
    ASSERT_TRUE(known());
    verifier.key_changed(key);
    EXPECT_FALSE(known()) << key;
  }
  ask();
  verifier.key_changed("of-another");
  EXPECT_TRUE(known());
}

TEST_F(VerifierTest, AChangeOfAnythingMakesItUnknown) {
  ask();
  verifier.everything_changed();
  EXPECT_FALSE(known());
  ask();
  verifier.may_have_missed();
  EXPECT_FALSE(known());
}

// The late fill (peers.md, opencloud PR 3477): the answer was on its way when the change came.
TEST_F(VerifierTest, R20_AnAnswerThatAChangeHasOvertakenIsNotRemembered) {
  ask([&] { verifier.key_changed(kKeys[2]); });
  EXPECT_FALSE(known());
  ask([&] { verifier.everything_changed(); });
  EXPECT_FALSE(known());
  ask([&] { verifier.may_have_missed(); });
  EXPECT_FALSE(known());
  ask([&] { verifier.use(verifier.tokens()); });
  EXPECT_FALSE(known());
}

TEST_F(VerifierTest, NothingIsKnownWithoutALease) {
  ask();
  manual.advance(milliseconds{249});
  EXPECT_TRUE(known());
  manual.advance(milliseconds{1});
  EXPECT_FALSE(known()) << "the lease has ended by itself";
  hear_again();
  EXPECT_TRUE(known()) << "nothing had changed";
  verifier.end_lease();
  EXPECT_FALSE(known());
}

TEST_F(VerifierTest, ALeaseCountsFromTheAskingAndIsNotShortened) {
  ask();
  manual.advance(milliseconds{100});
  verifier.grant_lease(clock.steady() - milliseconds{90}, milliseconds{100});
  EXPECT_TRUE(known());
  manual.advance(milliseconds{149});
  EXPECT_TRUE(known()) << "that of the earlier grant";
  manual.advance(milliseconds{1});
  EXPECT_FALSE(known());
  EXPECT_EQ(verifier.lease_age(), milliseconds{240});
}

TEST_F(VerifierTest, OtherKeysMakeItUnknown) {
  ask();
  verifier.use(std::make_shared<const AccessTokenVerifier>(verify::verifier()));
  EXPECT_FALSE(known());
  ask();
  EXPECT_TRUE(known());
}

// A bumped stamp costs a round trip, never a signature.
TEST_F(VerifierTest, WhatHasChangedIsAskedAboutWithoutItsSignature) {
  ask();
  lose_keys();
  for (const std::string& key : kKeys) {
    verifier.key_changed(key);
    ASSERT_FALSE(known());
    ask();
    EXPECT_TRUE(known()) << key;
  }
}

TEST_F(VerifierTest, WhenAnythingMayHaveChangedNoSignatureIsDueEither) {
  ask();
  lose_keys();
  verifier.everything_changed();  // a push of everything: a flush, a watermark of everybody's
  ask();
  EXPECT_TRUE(known());
  verifier.end_lease();  // the connection is lost, and there is another
  verifier.may_have_missed();
  EXPECT_EQ(begun(), "a question");
  verifier.may_have_missed();
  hear_again();
  ask();
  EXPECT_TRUE(known());
}

TEST_F(VerifierTest, AQuestionFromMemoryIsTheSameAsOneOfTheSignature) {
  const auto by_signature = verifier.begin(token);
  ask();
  lose_keys();
  const auto from_memory = verifier.begin(token);
  ASSERT_TRUE(by_signature && from_memory);
  EXPECT_EQ(from_memory->token(), token);
  EXPECT_EQ(from_memory->identity(), by_signature->identity());
}

TEST_F(VerifierTest, OtherKeysMakeItsSignatureDueAgain) {
  ask();
  lose_keys();
  verifier.use(keys);
  EXPECT_EQ(begun(), "not_signed_by_us");
  verifier.use(std::make_shared<const AccessTokenVerifier>(verify::verifier()));
  ask();
  EXPECT_TRUE(known()) << "and once verified by those it is remembered again";
}

TEST_F(VerifierTest, WhatWasFoundGoodWithoutItsSignatureEndsWithTheKeysThatVerifiedIt) {
  ask();
  verifier.everything_changed();
  ask();  // from memory
  lose_keys();
  verifier.use(keys);
  EXPECT_FALSE(known());
  EXPECT_EQ(begun(), "not_signed_by_us");
}

TEST_F(VerifierTest, AnotherTokenThanTheRememberedOneIsVerified) {
  ask();
  lose_keys();
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    ASSERT_FALSE(verifier.begin(other)) << "byte " << i;
  }
}

TEST_F(VerifierTest, WhatHasExpiredIsNoQuestionThoughItWasFoundGoodBefore) {
  ask();
  lose_keys();
  manual.advance(unix_millis(1'700'000'890'000) + seconds{30} - kNow - milliseconds{1});
  EXPECT_EQ(begun(), "a question");
  manual.advance(milliseconds{1});
  EXPECT_EQ(begun(), "expired");
  manual.set_wall(kNow);  // J50
  EXPECT_EQ(begun(), "expired");
}

TEST_F(VerifierTest, WhatWasFoundDeadIsVerifiedAnew) {
  ask();
  verifier.found_dead(*verifier.begin(token));
  lose_keys();
  EXPECT_EQ(begun(), "not_signed_by_us");
}

TEST_F(VerifierTest, ATokenEndsWithItsExpAndTheLeeway) {
  ask();
  const auto expired_at = unix_millis(1'700'000'890'000) + seconds{30};
  manual.advance(expired_at - kNow - milliseconds{2});
  hear_again();
  EXPECT_TRUE(known());
  manual.advance(milliseconds{1});
  EXPECT_FALSE(known()) << "in its last millisecond it is judged anew";
  EXPECT_EQ(begun(), "a question");
  manual.advance(milliseconds{1});
  hear_again();
  EXPECT_FALSE(known());
  EXPECT_EQ(begun(), "expired");
  manual.set_wall(kNow);  // J50
  hear_again();
  EXPECT_FALSE(known());
}

// The wall clock is looked at when a lease is granted, and the steady one by each check.
TEST_F(VerifierTest, ATokenEndsUnderALeaseThatWasGrantedLongBefore) {
  ask();
  verifier.grant_lease(clock.steady(), std::chrono::hours{1});
  manual.advance(unix_millis(1'700'000'890'000) + seconds{30} - kNow - milliseconds{2});
  EXPECT_TRUE(known());
  manual.advance(milliseconds{1});
  EXPECT_FALSE(known());
}

TEST_F(VerifierTest, ATokenEndsWhenTheClockIsSetAheadAndTheLeaseRenewed) {
  ask();
  manual.set_wall(unix_millis(1'700'000'890'000) + seconds{30});
  hear_again();
  EXPECT_FALSE(known());
  EXPECT_EQ(begun(), "expired");
  manual.set_wall(kNow);  // J50
  hear_again();
  EXPECT_FALSE(known());
}

TEST_F(VerifierTest, WhoeverReadsItOtherwiseIsBelievedAboutItsEnd) {
  ask();
  auto strict = options();
  strict.leeway = seconds{0};
  verifier.use(std::make_shared<const AccessTokenVerifier>(verify::verifier(strict)));
  ask();
  EXPECT_TRUE(known());
  manual.advance(unix_millis(1'700'000'890'000) - kNow);
  hear_again();
  EXPECT_FALSE(known());
}

// An expiry of a key is pushed when Redis gets to it, and that may be a minute later.
TEST_F(VerifierTest, ATokenEndsWithItsPlaceOnTheWhitelist) {
  ask([] {}, clock.steady() + milliseconds{100});
  manual.advance(milliseconds{99});
  EXPECT_TRUE(known());
  manual.advance(milliseconds{1});
  EXPECT_FALSE(known());
}

TEST_F(VerifierTest, RecallsWhatIsNotKnownToHaveChanged) {
  ask();
  verifier.end_lease();
  verifier.may_have_missed();  // as when the connection is lost
  manual.advance(seconds{10});
  EXPECT_FALSE(known());
  EXPECT_TRUE(verifier.recall(token, seconds{10}));
  EXPECT_FALSE(verifier.recall(token, seconds{10} - milliseconds{1})) << "too long ago";
  verifier.key_changed(kKeys[0]);
  EXPECT_FALSE(verifier.recall(token, seconds{10})) << "it was told to have changed";
}

TEST_F(VerifierTest, RecallsNothingThatEverybodyLostOrThatIsKnownToBeDead) {
  ask();
  verifier.everything_changed();
  EXPECT_FALSE(verifier.recall(token, seconds{10})) << "a watermark of everybody's, a flush";
  ask();
  ASSERT_TRUE(verifier.recall(token, seconds{10}));
  verifier.may_have_missed();  // the push was lost with a connection, and then it was asked about
  verifier.found_dead(*verifier.begin(token));
  EXPECT_FALSE(verifier.recall(token, seconds{10}));
}

TEST_F(VerifierTest, RecallsNothingThatHasEndedOrThatOtherKeysSigned) {
  ask([] {}, clock.steady() + milliseconds{100});
  manual.advance(milliseconds{100});
  EXPECT_FALSE(verifier.recall(token, seconds{10}));
  ask();
  EXPECT_TRUE(verifier.recall(token, seconds{10}));
  verifier.use(verifier.tokens());
  EXPECT_FALSE(verifier.recall(token, seconds{10}));
}

TEST_F(VerifierTest, AQuestionKnowsWhetherALeaseWasInForce) {
  EXPECT_TRUE(verifier.begin(token)->under_lease());
  verifier.end_lease();
  EXPECT_FALSE(verifier.begin(token)->under_lease());
}

TEST_F(VerifierTest, GarbageIsNoQuestion) {
  const auto refused = verifier.begin("garbage");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), TokenError::not_signed_by_us);
}

}  // namespace
}  // namespace recant::verify
