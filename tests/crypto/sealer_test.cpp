#include "crypto/sealer.hpp"

#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "crypto/random.hpp"

namespace recant::crypto {
namespace {

class SealerTest : public ::testing::Test {
 protected:
  static Sealer sealer(std::uint8_t first) {
    std::array<std::uint8_t, 32> secret{};
    for (std::size_t i = 0; i < secret.size(); ++i) {
      secret[i] = static_cast<std::uint8_t>(first + i);
    }
    return Sealer(secret);
  }
  std::string seal(std::string_view text = "the text", std::string_view bound = "this set, 7") {
    return sealer_.seal(text, bound, random_);
  }

  SystemRandom random_;
  const Sealer sealer_ = sealer(1);
};

TEST_F(SealerTest, OpensWhatItSealed) {
  for (const std::string& text :
       {std::string(), std::string("the text"), std::string(100'000, 'x')}) {
    const auto opened = sealer_.open(seal(text), "this set, 7");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), text);
  }
}

TEST_F(SealerTest, A09_NobodyReadsItWithAnotherSecret) {
  EXPECT_FALSE(sealer(2).open(seal(), "this set, 7"));
  EXPECT_EQ(seal().find(base64url_encode("the text")), std::string::npos);
}

TEST_F(SealerTest, A09_IsGoodOnlyAsWhatItWasSealedAs) {
  for (const char* bound : {"this set, 8", "that set, 7", "", "this set, 7 "}) {
    EXPECT_FALSE(sealer_.open(seal(), bound)) << bound;
  }
}

TEST_F(SealerTest, A09_NoBitOfItMayChange) {
  const auto sealed = *base64url_decode(seal());
  for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
    auto changed = sealed;
    changed[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
    EXPECT_FALSE(sealer_.open(base64url_encode(changed), "this set, 7")) << i;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(sealer_.open(base64url_encode(std::span(sealed).first(size)), "this set, 7"));
  }
  EXPECT_FALSE(sealer_.open("not base64url!", "this set, 7"));
}

TEST_F(SealerTest, TheSameTextIsSealedDifferentlyEachTime) { EXPECT_NE(seal(), seal()); }

TEST_F(SealerTest, TellsWhichSecretItIs) {
  EXPECT_EQ(sealer_.id(), sealer(1).id());
  EXPECT_NE(sealer_.id(), sealer(2).id());
  EXPECT_EQ(sealer_.id().size(), 8u);
}

TEST_F(SealerTest, A09_TakesSecretsThatWereDrawn) {
  EXPECT_TRUE(Sealer::is_good(random_.bytes<32>()));
  EXPECT_FALSE(Sealer::is_good(random_.bytes<31>()));
  EXPECT_FALSE(Sealer::is_good(as_bytes(std::string(64, 'a'))));
  EXPECT_FALSE(Sealer::is_good(as_bytes("changemechangemechangemechangeme")));
}

}  // namespace
}  // namespace recant::crypto
