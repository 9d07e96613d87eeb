#include <gmock/gmock.h>

#include <sstream>

#include "demo/json_narrator.hpp"
#include "demo/text_narrator.hpp"

namespace recant::demo {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TextNarratorTest : public ::testing::Test {
 protected:
  std::string keys(const std::vector<KeyChange>& changes) {
    TextNarrator(in_, out_, {}).keys(changes);
    return out_.str();
  }
  static KeyChange unchanged(const std::string& key) {
    const KeyState before{"string", "1", milliseconds(2000), {}, "1"};
    const KeyState after{"string", "1", milliseconds(1500), {}, "1"};
    return {KeyChange::Kind::unchanged, key, before, after};
  }

  std::istringstream in_;
  std::ostringstream out_;
};

TEST_F(TextNarratorTest, AKeyThatStaysShowsItsTimeGoBy) {
  EXPECT_THAT(keys({unchanged("a")}), HasSubstr("1.5 s  was 2.0 s\n"));
}

TEST_F(TextNarratorTest, ManyKeysThatStayAreOneLine) {
  const std::string text = keys({unchanged("a"), unchanged("b"), unchanged("c"), unchanged("d"),
                                 unchanged("e"), unchanged("f")});
  EXPECT_THAT(text, HasSubstr("and 6 others, as they were\n"));
  EXPECT_THAT(text, Not(HasSubstr("was 2.0 s")));
}

TEST_F(TextNarratorTest, AKeyWithoutAnEndIsSaidToHaveNone) {
  const KeyState state{"string", "1", {}, {}, "1"};
  EXPECT_THAT(keys({{KeyChange::Kind::appeared, "a", {}, state}}), HasSubstr("no end  1\n"));
}

TEST_F(TextNarratorTest, ThePauseIsOverAtEnterAndTheStoryAtTheEndOfInput) {
  in_.str("\n");
  TextNarrator narrator(in_, out_, {.colour = false, .pause = true});
  EXPECT_TRUE(narrator.pause());
  EXPECT_FALSE(narrator.pause());
}

TEST(JsonNarrator, TellsNoTokenAndQuotesWhatIsThere) {
  std::ostringstream out;
  const HttpRequest request{
      "GET",
      "/v1/check",
      {{"Authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.eyJ4IjoxfQ.c2lnbmF0dXJl"}},
      {}};
  JsonNarrator(out).exchanged(request, {200, "OK", {{"A", "b\"c"}}, "not JSON"}, Detail::full);
  EXPECT_EQ(out.str(),
            "{\"event\":\"sent\",\"method\":\"GET\",\"path\":\"/v1/check\","
            "\"headers\":{\"Authorization\":\"Bearer eyJhbGciOiJF…dXJl\"}}\n"
            "{\"event\":\"received\",\"status\":200,\"headers\":{\"A\":\"b\\\"c\"}}\n");
}

}  // namespace
}  // namespace recant::demo
