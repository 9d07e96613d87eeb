#include "demo/text_layout.hpp"

#include <gmock/gmock.h>

namespace recant::demo {
namespace {

TEST(TextLayout, CountsCharactersAndNotBytes) {
  EXPECT_EQ(columns(""), 0u);
  EXPECT_EQ(columns("a→b"), 3u);
  EXPECT_EQ(padded("→", 3), "→  ");
  EXPECT_EQ(padded("too long", 3), "too long");
}

TEST(TextLayout, WrapsAtEightyColumns) {
  const std::string eighty = std::string(40, 'a') + " " + std::string(39, 'b');
  EXPECT_EQ(wrapped(eighty, 0), eighty + "\n");
  EXPECT_EQ(wrapped(eighty + " c", 0), eighty + "\nc\n");
  EXPECT_EQ(wrapped(eighty, 1), " " + std::string(40, 'a') + "\n " + std::string(39, 'b') + "\n");
  EXPECT_EQ(wrapped("x " + std::string(80, 'a') + " y", 2, 3),
            "  x\n     " + std::string(80, 'a') + "\n     y\n");
  EXPECT_EQ(wrapped("", 2), "  \n");
}

TEST(TextLayout, ShowsTokensByTheirEnds) {
  const std::string jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
  const std::string refresh = "rt_" + std::string(90, 'x') + "tail";
  EXPECT_EQ(without_tokens("Bearer " + jwt + ", " + refresh),
            "Bearer eyJhbGciOiJF…dXJl, rt_xxxx…tail");
}

TEST(TextLayout, ShowsIdsByTheirEnds) {
  const std::string sid = "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
  const std::string id = "UCZa" + std::string(35, '-') + "v-xU";
  EXPECT_EQ(shortened("session:user:" + sid + ":" + sid), "session:user:0199…4a5b:0199…4a5b");
  EXPECT_EQ(shortened("refresh_token:" + id), "refresh_token:UCZa…v-xU");
  EXPECT_EQ(shortened("1795478623 logout_all"), "1795478623 logout_all");
}

}  // namespace
}  // namespace recant::demo
