// Tokens of other issuers ([[issuer]], contract §4): whose a token is, what it must say, and by
// which ids it is known here.
#include <gtest/gtest.h>

#include <stdexcept>

#include "tokens.hpp"
#include "verify/own_token.hpp"
#include "verify/revocation.hpp"

namespace recant::verify {
namespace {

using namespace std::literals;

crypto::SigningKey drawn(crypto::Algorithm algorithm) {
  crypto::SystemRandom random;
  return *crypto::SigningKey::generate(algorithm, random);
}

const crypto::SigningKey& legacy_key() {
  static const auto key = drawn(crypto::Algorithm::hs256);
  return key;
}
const crypto::SigningKey& partner_key() {
  static const auto key = drawn(crypto::Algorithm::es256);
  return key;
}

/// A recipe in use: HS256, no kid, typ JWT.
ForeignIssuer legacy() {
  return {.name = "legacy",
          .issuer = "https://legacy.example",
          .audience = {"shop"},
          .keys = jose::KeySet::of_any_name(legacy_key().verification_key()),
          .profile = Profile::jwt,
          .sid_claim = "session",
          .longest_life = 1h};
}
/// One that follows RFC 9068, whose key has the very name that one of ours has.
ForeignIssuer partner() {
  return {.name = "partner",
          .issuer = "https://partner.example",
          .audience = {"api"},
          .keys = jose::KeySet({{"k1", partner_key().verification_key()}})};
}

AccessTokenVerifier knowing(std::vector<ForeignIssuer> others) {
  return {options(), jose::KeySet({{"k1", signing_key().verification_key()}}), std::move(others)};
}
AccessTokenVerifier everyone() { return knowing({legacy(), partner()}); }

Claims legacy_claims() {
  return Claims()
      .set("iss", R"("https://legacy.example")")
      .set("aud", R"("shop")")
      .set("sub", R"("42")")
      .set("jti", R"("j1")")
      .drop("client_id")
      .drop("sid");
}
std::string legacy_token(const Claims& claims = legacy_claims(), std::string_view typ = "JWT",
                         std::string_view kid = "") {
  return jose::sign_jws(legacy_key(), kid, typ, claims.text());
}
Claims partner_claims() { return Claims().set("iss", R"("https://partner.example")").drop("sid"); }
std::string partner_token(const Claims& claims = partner_claims(), std::string_view typ = "at+jwt",
                          std::string_view kid = "k1") {
  return jose::sign_jws(partner_key(), kid, typ, claims.text());
}

std::string judged(const std::string& token, const AccessTokenVerifier& by = everyone(),
                   UnixMillis now = kNow) {
  const auto verified = by.verify(token, now);
  return std::string(verified ? "accepted" : name_of(verified.error()));
}
VerifiedToken good(const std::string& token, const AccessTokenVerifier& by = everyone()) {
  auto verified = by.verify(token, kNow);
  if (!verified) throw std::runtime_error(std::string(name_of(verified.error())));
  return *std::move(verified);
}

// --- Whose a token is.

TEST(ForeignIssuer, EachIssuersTokensAreGood) {
  EXPECT_EQ(good(signed_token(Claims())).issuer_name(), "");
  EXPECT_EQ(good(legacy_token()).issuer_name(), "legacy");
  EXPECT_EQ(good(partner_token()).issuer_name(), "partner");
}

TEST(ForeignIssuer, J46_NobodySpeaksForTheOwnerOfAnotherKey) {
  for (const char* iss : {R"("https://issuer.example")", R"("https://partner.example")",
                          R"("https://legacy.example/")", R"("legacy")"}) {
    EXPECT_EQ(judged(legacy_token(legacy_claims().set("iss", iss))), "wrong_issuer") << iss;
  }
  EXPECT_EQ(judged(partner_token(Claims())), "wrong_issuer");
  EXPECT_EQ(judged(partner_token(legacy_claims())), "wrong_issuer");
  EXPECT_EQ(judged(signed_token(partner_claims())), "wrong_issuer");
  EXPECT_EQ(judged(signed_token(legacy_claims())), "wrong_issuer");
  // Even where it says everything that a token of ours says.
  EXPECT_EQ(judged(legacy_token(Claims(), "JWT")), "wrong_issuer");
  EXPECT_EQ(judged(legacy_token(Claims(), "at+jwt")), "wrong_type");
}

TEST(ForeignIssuer, J15_OneNameMayBeTwoIssuersKeys) {
  EXPECT_EQ(judged(signed_token(Claims())), "accepted");
  EXPECT_EQ(judged(partner_token()), "accepted");
  EXPECT_EQ(judged(partner_token(partner_claims(), "at+jwt", "k2")), "not_signed_by_us");
}

TEST(ForeignIssuer, J41_J12_OneThatIsNotKnownIsAStranger) {
  EXPECT_EQ(judged(legacy_token(), knowing({partner()})), "not_signed_by_us");
  EXPECT_EQ(judged(partner_token(), knowing({legacy()})), "not_signed_by_us");
  EXPECT_EQ(judged(legacy_token(), knowing({})), "not_signed_by_us");
}

TEST(ForeignIssuer, J13_APublicKeyIsNobodysSecret) {
  const auto& point = std::get<crypto::EcPublic>(partner_key().verification_key().public_members());
  crypto::ByteVector secret = point.x;
  secret.insert(secret.end(), point.y.begin(), point.y.end());
  const std::string text(secret.begin(), secret.end());
  const auto forger =
      crypto::SigningKey::import_private(crypto::Algorithm::hs256, SecretString(text));
  ASSERT_TRUE(forger);
  for (const char* kid : {"k1", ""}) {
    for (const Claims& claims : {legacy_claims(), partner_claims(), Claims()}) {
      EXPECT_EQ(judged(jose::sign_jws(*forger, kid, "JWT", claims.text())), "not_signed_by_us");
    }
  }
}

TEST(ForeignIssuer, J11_NoneIsNoAlgorithmOfAnybody) {
  for (const char* alg : {"none", "None", "NONE", "nOnE"}) {
    const std::string header = base64url_encode(R"({"alg":")"s + alg + R"(","typ":"JWT"})");
    EXPECT_EQ(judged(header + "." + base64url_encode(legacy_claims().text()) + "."),
              "not_signed_by_us");
  }
}

TEST(ForeignIssuer, J16_ASecretTakesTokensOfAnyNameAndAKeySetOnlyOfItsOwn) {
  EXPECT_EQ(judged(legacy_token(legacy_claims(), "JWT", "whatever")), "accepted");
  EXPECT_EQ(judged(partner_token(partner_claims(), "at+jwt", "")), "accepted");  // its only key
}

TEST(ForeignIssuer, J32_NothingIsSaidOfATokenWhoseSignatureIsNotGood) {
  std::string token = legacy_token(legacy_claims().set("exp", "1600000000"));
  EXPECT_EQ(judged(token), "bad_claims");  // it ends before it begins
  token[token.size() - 10] = token[token.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(judged(token), "not_signed_by_us");
}

// --- What a token must say.

TEST(ForeignIssuer, J20_J21_ProfileJwtTakesTypJwtOrNone) {
  for (const char* typ : {"", "JWT", "jwt", "application/jwt"}) {
    EXPECT_EQ(judged(legacy_token(legacy_claims(), typ)), "accepted") << typ;
  }
  for (const char* typ : {"at+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", "JWE", "JWT ", "x"}) {
    EXPECT_EQ(judged(legacy_token(legacy_claims(), typ)), "wrong_type") << typ;
  }
  const std::string input = base64url_encode(R"({"alg":"HS256","typ":""})") + "." +
                            base64url_encode(legacy_claims().text());
  EXPECT_EQ(judged(input + "." + base64url_encode(legacy_key().sign(input))), "wrong_type");
}

TEST(ForeignIssuer, J20_ProfileRfc9068AndOursTakeAtJwtOnly) {
  for (const char* typ : {"", "JWT", "jwt"}) {
    EXPECT_EQ(judged(partner_token(partner_claims(), typ)), "wrong_type") << typ;
    EXPECT_EQ(judged(signed_token(Claims().text(), typ)), "wrong_type") << typ;
  }
}

TEST(ForeignIssuer, J42_ProfileJwtAsksForExpSubIssAndAud) {
  for (const char* name : {"exp", "sub", "iss", "aud"}) {
    EXPECT_EQ(judged(legacy_token(legacy_claims().drop(name))), "bad_claims") << name;
  }
  const auto bare = good(legacy_token(legacy_claims().drop("iat").drop("jti").drop("client_id")));
  EXPECT_EQ(bare.jti(), "");
  EXPECT_EQ(bare.client_id(), "");
  EXPECT_EQ(bare.session(), "");
  EXPECT_EQ(bare.issued_at(), std::nullopt);
}

TEST(ForeignIssuer, J42_ProfileRfc9068AsksForTheRestTooButForTheSid) {
  EXPECT_EQ(judged(partner_token()), "accepted");
  for (const char* name : {"exp", "iat", "sub", "iss", "aud", "client_id", "jti"}) {
    EXPECT_EQ(judged(partner_token(partner_claims().drop(name))), "bad_claims") << name;
  }
}

TEST(ForeignIssuer, J43_J48_WhatIsThereMustBeOfItsForm) {
  for (const char* json : {"null", "1", "\"\"", "true", "[]", "{}", R"("a\nb")", R"(["x"])"}) {
    for (const char* name : {"sub", "jti", "client_id", "session"}) {
      EXPECT_EQ(judged(legacy_token(legacy_claims().set(name, json))), "bad_claims")
          << name << " " << json;
    }
  }
  for (const char* name : {"exp", "iat", "nbf", "auth_time"}) {
    for (const char* json : {"\"1700000000\"", "null", "-1", "1e400", "{}"}) {
      EXPECT_EQ(judged(legacy_token(legacy_claims().set(name, json))), "bad_claims")
          << name << " " << json;
    }
  }
}

TEST(ForeignIssuer, AScopeThatIsNoStringGivesNone) {
  EXPECT_EQ(good(legacy_token(legacy_claims().set("scope", R"("a b")"))).scope(), "a b");
  EXPECT_EQ(good(legacy_token(legacy_claims().set("scope", R"(["a"])"))).scope(), "");
  EXPECT_EQ(judged(partner_token(partner_claims().set("scope", R"(["a"])"))), "bad_claims");
}

TEST(ForeignIssuer, J47_TheAudienceIsThatOfItsIssuer) {
  EXPECT_EQ(judged(legacy_token(legacy_claims().set("aud", R"("api")"))), "wrong_audience");
  EXPECT_EQ(judged(signed_token(Claims().set("aud", R"("shop")"))), "wrong_audience");
  EXPECT_EQ(judged(legacy_token(legacy_claims().set("aud", R"(["x","shop"])"))), "accepted");
}

TEST(ForeignIssuer, J44_J45_LivesNoLongerThanItsIssuersTokensMay) {
  const auto hour = [](const char* exp) { return legacy_claims().set("exp", exp); };
  EXPECT_EQ(judged(legacy_token(hour("1700003590"))), "accepted");  // iat + 3,600 s
  EXPECT_EQ(judged(legacy_token(hour("1700003591"))), "too_long_lived");
  EXPECT_EQ(judged(partner_token(partner_claims().set("exp", "1700003591"))), "too_long_lived");
  EXPECT_EQ(judged(signed_token(hour("1700003591").text())), "wrong_issuer");
  // One without iat cannot live longer from now on than any could.
  EXPECT_EQ(judged(legacy_token(hour("1700003630").drop("iat"))), "accepted");  // and the leeway
  EXPECT_EQ(judged(legacy_token(hour("1700003631").drop("iat"))), "too_long_lived");
  EXPECT_EQ(judged(legacy_token(), everyone(), unix_millis(1'700'000'920'000)), "expired");
  EXPECT_EQ(judged(legacy_token(legacy_claims().set("iat", "1700000031"))), "not_yet_valid");
}

TEST(ForeignIssuer, J52_OneThatIsBoundToASenderIsNoBearerToken) {
  EXPECT_EQ(judged(legacy_token(legacy_claims().set("cnf", R"({"jkt":"x"})"))), "sender_bound");
}

// --- By which ids it is known.

TEST(ForeignIssuer, ItsIdsCarryItsName) {
  const auto token = good(legacy_token(legacy_claims().set("session", R"("s/1")")));
  EXPECT_EQ(token.subject().text(), "legacy/42");
  EXPECT_EQ(token.jti(), "legacy/j1");
  EXPECT_EQ(token.session(), "legacy/s/1");
  EXPECT_FALSE(token.has_shared_ids());
}

TEST(ForeignIssuer, SharedIdsStandAsTheyAre) {
  ForeignIssuer shared = legacy();
  shared.shared_ids = true;
  const auto token =
      good(legacy_token(legacy_claims().set("session", R"("s1")")), knowing({shared}));
  EXPECT_EQ(token.subject().text(), "42");
  EXPECT_EQ(token.jti(), "j1");
  EXPECT_EQ(token.session(), "s1");
  EXPECT_TRUE(token.has_shared_ids());
}

TEST(ForeignIssuer, SessionsAreReadFromTheClaimThatIsNamedAndNoOther) {
  ForeignIssuer without = legacy();
  without.sid_claim.clear();
  const Claims claims = legacy_claims().set("session", R"("s1")").set("sid", R"("s2")");
  EXPECT_EQ(good(legacy_token(claims)).session(), "legacy/s1");
  EXPECT_EQ(good(legacy_token(claims), knowing({without})).session(), "");
}

TEST(ForeignIssuer, NobodyOfOursIsCalledAsSomebodyOfTheirs) {
  const std::string token = signed_token(Claims().set("sub", R"("legacy/42")"));
  EXPECT_EQ(judged(token, knowing({})), "accepted");
  EXPECT_EQ(judged(token, knowing({partner()})), "accepted");
  EXPECT_EQ(judged(token, knowing({legacy()})), "bad_claims");
  for (const char* sub :
       {R"("legacy")", R"("legac/y")", R"("legacy2/42")", R"("/legacy/42")", R"("Legacy/42")"}) {
    EXPECT_EQ(judged(signed_token(Claims().set("sub", sub)), knowing({legacy()})), "accepted")
        << sub;
  }
  // With shared ids there is no name that could be taken.
  ForeignIssuer shared = legacy();
  shared.shared_ids = true;
  EXPECT_EQ(judged(token, knowing({shared})), "accepted");
  // Nor does a third issuer, whose subjects are ours, speak for somebody of theirs.
  const std::string theirs = legacy_token(legacy_claims().set("sub", R"("partner/7")"));
  EXPECT_EQ(judged(theirs, knowing({shared})), "accepted");
  EXPECT_EQ(judged(theirs, knowing({shared, partner()})), "bad_claims");
  // One under its own name may call its people as it likes.
  EXPECT_EQ(good(theirs).subject().text(), "legacy/partner/7");
}

TEST(ForeignIssuer, OnlyATokenOfOursSpeaksForASessionOfOurs) {
  EXPECT_TRUE(OwnToken::from(Identity::of(good(signed_token(Claims())))));
  EXPECT_FALSE(OwnToken::from(Identity::of(good(partner_token()))));
  // Neither does one that says all that a token of ours says, under ids that are shared.
  ForeignIssuer shared = partner();
  shared.shared_ids = true;
  const Claims as_ours = Claims().set("iss", R"("https://partner.example")");
  EXPECT_FALSE(OwnToken::from(Identity::of(good(partner_token(as_ours), knowing({shared})))));
}

// --- Making a verifier.

TEST(ForeignIssuer, IsNotTakenWithoutSomethingToCheckAgainst) {
  const auto changed = [](auto change) {
    ForeignIssuer issuer = legacy();
    change(issuer);
    return std::vector{issuer};
  };
  EXPECT_THROW(knowing(changed([](auto& i) { i.name = ""; })), std::invalid_argument);
  EXPECT_THROW(knowing(changed([](auto& i) { i.name = "a/b"; })), std::invalid_argument);
  EXPECT_THROW(knowing(changed([](auto& i) { i.issuer = ""; })), std::invalid_argument);
  EXPECT_THROW(knowing(changed([](auto& i) { i.audience.clear(); })), std::invalid_argument);
  EXPECT_THROW(knowing(changed([](auto& i) { i.issuer = options().issuer; })),
               std::invalid_argument);
  EXPECT_THROW(knowing({legacy(), legacy()}), std::invalid_argument);
  ForeignIssuer namesake = partner();
  namesake.name = "legacy";
  EXPECT_THROW(knowing({legacy(), namesake}), std::invalid_argument);
}

TEST(ForeignIssuer, IsFoundByItsName) {
  const auto verifier = everyone();
  ASSERT_NE(verifier.find_issuer("partner"), nullptr);
  EXPECT_EQ(verifier.find_issuer("partner")->issuer, "https://partner.example");
  EXPECT_EQ(verifier.find_issuer(""), nullptr);
  EXPECT_EQ(verifier.find_issuer("https://partner.example"), nullptr);
}

// --- Was it taken back?

/// Under the blacklist, unless the answers say otherwise.
std::string death(const VerifiedToken& token, RevocationAnswers answers) {
  if (!answers.policy) answers.policy.emplace();
  const auto decided = decide_revoked(Identity::of(token), answers);
  if (!decided) return "unavailable";
  return std::string(*decided ? name_of(**decided) : "alive");
}

TEST(ForeignIssuer, ItsTokensNeedNoSessionRecord) {
  EXPECT_EQ(death(good(legacy_token()), {}), "alive");
  EXPECT_EQ(death(good(signed_token(Claims())), {}), "lost");
}

TEST(ForeignIssuer, OnlyWhoSharesOurIdsHasAPlaceOnTheWhitelist) {
  ForeignIssuer sharing = legacy();
  sharing.shared_ids = true;
  const auto shared = *knowing({sharing}).verify(legacy_token(), kNow);
  const auto own_ids = good(legacy_token());
  EXPECT_TRUE(has_place(Identity::of(good(signed_token(Claims())))));
  EXPECT_TRUE(has_place(Identity::of(shared)));
  EXPECT_FALSE(has_place(Identity::of(own_ids)));

  RevocationAnswers answers;
  answers.policy = {core::Strategy::whitelist};
  EXPECT_EQ(death(own_ids, answers), "alive") << "nobody asks";
  EXPECT_EQ(death(shared, answers), "unavailable") << "it was not asked";
  answers.whitelist.emplace();
  EXPECT_EQ(death(shared, answers), "whitelist");
  answers.whitelist->value = "1";
  EXPECT_EQ(death(shared, answers), "alive");
}

TEST(ForeignIssuer, AWatermarkCoversWhatWasIssuedUntilTheLeewayAfterIt) {
  const auto token = good(legacy_token());  // iat 1,699,999,990; the leeway is 30 s
  for (const auto member : {&RevocationAnswers::subject, &RevocationAnswers::everybody}) {
    const auto by = member == &RevocationAnswers::subject ? "subject" : "all";
    RevocationAnswers answers;
    answers.*member = "1699999959999";
    EXPECT_EQ(death(token, answers), "alive");
    answers.*member = "1699999960000";
    EXPECT_EQ(death(token, answers), by);
    answers.*member = "whatever";
    EXPECT_EQ(death(token, answers), by);
  }
}

TEST(ForeignIssuer, AnyWatermarkCoversATokenThatDoesNotSayWhenItWasIssued) {
  const auto token = good(legacy_token(legacy_claims().drop("iat")));
  RevocationAnswers answers;
  EXPECT_EQ(death(token, answers), "alive");
  answers.subject = "1000000000000";
  EXPECT_EQ(death(token, answers), "subject");
}

TEST(ForeignIssuer, ItsJtiAndItsSessionAreBlacklistedLikeOurs) {
  RevocationAnswers answers;
  answers.token = "1";
  EXPECT_EQ(death(good(legacy_token()), answers), "jti");
  answers = {};
  answers.session = "1";
  EXPECT_EQ(death(good(legacy_token()), answers), "session");
}

}  // namespace
}  // namespace recant::verify
