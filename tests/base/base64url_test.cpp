#include "base/base64url.hpp"

#include <gtest/gtest.h>

namespace recant {
namespace {

TEST(Base64url, EncodesTheExamplesOfRfc4648InTheUrlAlphabetWithoutPadding) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
}

TEST(Base64url, DecodesWhatItEncodes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    EXPECT_EQ(base64url_decode_text(base64url_encode(bytes)), bytes);
  }
}

TEST(Base64url, J06_RefusesEveryOtherSpelling) {
  for (const char* text :
       {"Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm9=", "Zm 9", "Zm9\n", "+_8", "/w"}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace recant
