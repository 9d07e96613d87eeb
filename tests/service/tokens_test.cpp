#include "service/tokens.hpp"

#include <gtest/gtest.h>

#include "crypto/random.hpp"
#include "verify/access_token.hpp"

namespace recant::service {
namespace {

using std::chrono::minutes;

constexpr UnixMillis kNow = unix_millis(1'800'000'000'640);

class TokenIssuerTest : public ::testing::Test {
 protected:
  crypto::SystemRandom random;
  crypto::SigningKey key = *crypto::SigningKey::generate(crypto::Algorithm::eddsa, random);
  RefreshTokens refresh_tokens{{{random.bytes<8>(), random.bytes<32>()}}};
  TokenIssuer issuer{
      {"https://login.example", {"api", "reports"}, "web"}, {"k1", key}, refresh_tokens};
  core::Subject subject = *core::Subject::parse("alice");
  Uuid sid = Uuid::version7(kNow, random.bytes<10>());

  LiveGeneration live() {
    const auto issued_at = std::chrono::floor<seconds>(kNow);
    return {3,
            refresh_tokens.current_key_id(),
            Uuid::version7(kNow, random.bytes<10>()).to_string(),
            {issued_at, issued_at + minutes{15}},
            {"orders:read", R"({"tenant":7,"sub":"mallory","sid":"x"})"},
            kNow + std::chrono::hours{1},
            kNow};
  }
  verify::VerifiedToken read(const Tokens& tokens) {
    const verify::AccessTokenVerifier verifier(
        {"https://login.example", {"api"}},
        jose::KeySet{{jose::NamedKey{"k1", key.verification_key()}}});
    return *verifier.verify(tokens.access_token, kNow);
  }
};

TEST_F(TokenIssuerTest, MakesAccessTokensThatTheVerifierTakes) {
  const auto generation = live();
  const auto tokens = issuer.issue(subject, sid, {}, generation);
  ASSERT_TRUE(tokens);
  const auto token = read(*tokens);
  EXPECT_EQ(token.subject(), subject);
  EXPECT_EQ(token.own_sid(), sid);
  EXPECT_EQ(token.jti(), generation.jti);
  EXPECT_EQ(token.scope(), "orders:read");
  EXPECT_EQ(token.client_id(), "web");
  EXPECT_EQ(token.audience(), (std::vector<std::string>{"api", "reports"}));
}

TEST_F(TokenIssuerTest, LetsNoCustomClaimReplaceOneOfOurs) {
  const auto token = read(*issuer.issue(subject, sid, {}, live()));
  EXPECT_EQ(token.subject(), subject);
  EXPECT_EQ(token.own_sid(), sid);
  ASSERT_NE(token.claims().find("tenant"), nullptr);
  EXPECT_EQ(token.claims().find("tenant")->as_int64(), 7);
}

TEST_F(TokenIssuerTest, TellsWholeLivesInSeconds) {
  const auto tokens = issuer.issue(subject, sid, {}, live());
  EXPECT_EQ(tokens->expires_in, minutes{15});
  EXPECT_EQ(tokens->refresh_expires_in, std::chrono::hours{1});
}

TEST_F(TokenIssuerTest, TellsARepeaterWhatIsLeftAndNeverLessThanNothing) {
  auto generation = live();
  generation.now += minutes{10};
  EXPECT_EQ(issuer.issue(subject, sid, {}, generation)->expires_in, minutes{5});
  generation.now += minutes{10};
  EXPECT_EQ(issuer.issue(subject, sid, {}, generation)->expires_in, seconds{0});
}

/// Whoever may write to Redis can put anything where a session's claims stand.
TEST_F(TokenIssuerTest, MakesNoTokensWhereTheClaimsAreNoObject) {
  auto generation = live();
  for (const char* spoiled : {"[1]", "5", R"("x")", "null", "{", R"({"a":1,"a":2})"}) {
    generation.grant.claims_json = spoiled;
    EXPECT_FALSE(issuer.issue(subject, sid, {}, generation)) << spoiled;
  }
}

TEST_F(TokenIssuerTest, MakesNoTokensWithASecretThatItLacks) {
  auto generation = live();
  generation.key_id = RefreshTokens{{{random.bytes<8>(), random.bytes<32>()}}}.current_key_id();
  EXPECT_FALSE(issuer.issue(subject, sid, {}, generation));
}

}  // namespace
}  // namespace recant::service
