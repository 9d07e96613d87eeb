#include "redis/user_agent_text.hpp"

#include <gtest/gtest.h>

namespace recant::redis {
namespace {

class UserAgentTextTest : public ::testing::TestWithParam<std::string_view> {};

TEST_P(UserAgentTextTest, BrowsersFitAPieceAndComeBackWhole) {
  const auto packed = pack_user_agent(GetParam());
  EXPECT_EQ(unpack_user_agent(packed), GetParam());
  EXPECT_LE(packed.size(), 20u);
}

INSTANTIATE_TEST_SUITE_P(
    Browsers, UserAgentTextTest,
    ::testing::Values(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/17.5 Safari/605.1.15",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "curl/8.5.0",
        ""));

TEST(UserAgentTextTest, AnyTextWithoutControlsComesBackAsItIs) {
  std::string all;
  for (int byte = ' '; byte <= 0xff; ++byte) all.push_back(static_cast<char>(byte));
  EXPECT_EQ(unpack_user_agent(pack_user_agent(all)), all);
  EXPECT_EQ(pack_user_agent(all), all);
}

TEST(UserAgentTextTest, NobodyCanSayAPackedByteThemselves) {
  for (char byte = 0; byte < ' '; ++byte) {
    const std::string said{'a', byte, 'b'};
    EXPECT_EQ(pack_user_agent(said), "a?b");
    EXPECT_EQ(unpack_user_agent(pack_user_agent(said)), "a?b");
  }
}

}  // namespace
}  // namespace recant::redis
