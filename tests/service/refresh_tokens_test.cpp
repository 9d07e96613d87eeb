#include "service/refresh_tokens.hpp"

#include <gtest/gtest.h>

#include "base/base64url.hpp"

namespace recant::service {
namespace {

RefreshSecret secret(std::uint8_t seed) {
  RefreshSecret made{};
  made.id.fill(seed);
  made.secret.fill(static_cast<std::uint8_t>(seed + 100));
  return made;
}

RefreshTokenFields fields(std::string_view subject = "018f3e6c-0000-7000-8000-00000000abcd") {
  return {*Uuid::parse("018f3e6c-1234-7abc-8def-0123456789ab"),
          41,
          {1, 2, 3, 4},
          *core::Subject::parse(subject)};
}

class RefreshTokensTest : public testing::Test {
 protected:
  RefreshTokens tokens{{secret(1), secret(2)}};
  std::string token = *tokens.make(fields(), tokens.current_key_id());
};

TEST_F(RefreshTokensTest, OpensWhatItMade) {
  for (const std::string& subject :
       {std::string("a"), std::string(255, 'x'), std::string("böse {}")}) {
    const auto opened = tokens.open(*tokens.make(fields(subject), tokens.current_key_id()));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->sid, fields().sid);
    EXPECT_EQ(opened->generation, 41u);
    EXPECT_EQ(opened->nonce, fields().nonce);
    EXPECT_EQ(opened->subject.text(), subject);
  }
}

TEST_F(RefreshTokensTest, MakesTheSameTokenAgain) {
  EXPECT_EQ(*tokens.make(fields(), tokens.current_key_id()), token);
  auto next = fields();
  ++next.generation;
  EXPECT_NE(*tokens.make(next, tokens.current_key_id()), token);
}

TEST_F(RefreshTokensTest, RefusesEveryFlippedBit) {
  const auto bytes = *base64url_decode(token.substr(3));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1u << bit % 8);
    EXPECT_FALSE(tokens.open("rt_" + base64url_encode(flipped))) << "bit " << bit;
  }
}

TEST_F(RefreshTokensTest, RefusesEveryOtherLengthAndSpelling) {
  for (std::size_t length = 0; length < token.size(); ++length) {
    EXPECT_FALSE(tokens.open(token.substr(0, length))) << length;
  }
  for (const std::string& other :
       {token + "A", token + "=", " " + token, token + "\n", "RT_" + token.substr(3),
        token.substr(3), "rt_" + std::string(10'000, 'A')}) {
    EXPECT_FALSE(tokens.open(other)) << other;
  }
}

TEST_F(RefreshTokensTest, OpensWithEveryKnownSecretAndNoOther) {
  const RefreshTokens rotated{{secret(3), secret(1)}};
  EXPECT_TRUE(rotated.open(token));
  EXPECT_NE(rotated.current_key_id(), tokens.current_key_id());
  EXPECT_EQ(rotated.make(fields(), tokens.current_key_id()), token);
  const RefreshTokens stranger{{secret(3)}};
  EXPECT_FALSE(stranger.open(token));
  EXPECT_FALSE(stranger.make(fields(), tokens.current_key_id()));
}

TEST_F(RefreshTokensTest, KnowsItsSecretsByName) {
  const RefreshTokens rotated{{secret(3), secret(1)}};
  EXPECT_TRUE(rotated.knows(tokens.current_key_id()));
  EXPECT_FALSE(tokens.knows(rotated.current_key_id()));
  for (const char* no_name : {"", "x", "AAAAAAAAAAA=", "AAAAAAAAAAAAAAAA"}) {
    EXPECT_FALSE(rotated.knows(no_name)) << no_name;
  }
}

TEST_F(RefreshTokensTest, LearnsOthersSecretsAndGoesOnWithItsOwn) {
  const RefreshTokens both = tokens.with_secrets_of(RefreshTokens{{secret(3), secret(1)}});
  EXPECT_EQ(both.current_key_id(), tokens.current_key_id());
  for (const std::uint8_t seed : {1, 2, 3}) {
    const RefreshTokens maker{{secret(seed)}};
    EXPECT_TRUE(both.open(*maker.make(fields(), maker.current_key_id()))) << int{seed};
  }
}

TEST_F(RefreshTokensTest, ATokenOfARetiredSecretDoesNotOpenAndIsTold) {
  const RefreshTokens after{{secret(3)}, {secret(1).id}};
  EXPECT_FALSE(after.open(token));
  EXPECT_TRUE(after.is_of_retired(token));
  const RefreshTokens other{{secret(2)}};
  EXPECT_FALSE(after.is_of_retired(*other.make(fields(), other.current_key_id())));
  for (const std::string& no_token :
       {std::string(), std::string("rt_"), token.substr(0, 20), "RT_" + token.substr(3)}) {
    EXPECT_FALSE(after.is_of_retired(no_token)) << no_token;
  }
}

TEST_F(RefreshTokensTest, TheSecretDecidesNotItsName) {
  auto impostor = secret(9);
  impostor.id = secret(1).id;
  EXPECT_FALSE(RefreshTokens{{impostor}}.open(token));
}

TEST(RefreshTokenId, IsTheSha256OfTheWholeToken) {
  // FIPS 180-2, B.1: SHA-256("abc").
  EXPECT_EQ(RefreshTokens::id_of("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}

}  // namespace
}  // namespace recant::service
