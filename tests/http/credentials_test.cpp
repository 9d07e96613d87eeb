// What a token is written in (RFC 6750 §2.1: b64token).
#include "http/credentials.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <limits>
#include <string>

namespace recant::http {
namespace {

TEST(TokenWord, IsMadeOfLettersDigitsAndSevenMarks) {
  for (int byte = 0; byte <= std::numeric_limits<unsigned char>::max(); ++byte) {
    const char c = static_cast<char>(byte);
    const bool belongs = std::isalnum(byte) != 0 ||
                         (byte != 0 && std::string("-._~+/=").find(c) != std::string::npos);
    EXPECT_EQ(is_token_word(std::string(1, c)), belongs) << byte;
    EXPECT_EQ(is_token_word("eyJ" + std::string(1, c) + "x"), belongs) << byte;
  }
}

TEST(TokenWord, IsNotEmpty) { EXPECT_FALSE(is_token_word("")); }

}  // namespace
}  // namespace recant::http
