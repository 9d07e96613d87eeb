#include "cli/import_lines.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace recant::cli {
namespace {

using ::testing::ElementsAre;

/// Each as "number text", with the length of what was too long.
std::vector<std::string> lines_of(const std::string& text, bool whole = false) {
  std::istringstream in(text);
  ImportLines lines(in);
  std::vector<std::string> all;
  for (Line line; lines.next(line);) {
    if (whole) {
      for (auto more = lines.rest(); !more.empty(); more = lines.rest()) line.text += more;
    }
    const bool is_long = line.text.size() > kLineBytes;
    all.push_back(std::to_string(line.number) + ' ' +
                  (is_long ? std::to_string(line.text.size()) : line.text));
  }
  EXPECT_EQ(lines.bytes(), text.size());
  EXPECT_FALSE(in.bad());
  return all;
}

TEST(ImportLines, AreThoseThatHoldSomething) {
  EXPECT_THAT(lines_of("a\n\n \t\n# b\n  # c\nd\r\n\ne"), ElementsAre("1 a", "6 d", "8 e"));
  EXPECT_THAT(lines_of("\xEF\xBB\xBF"
                       "a\n\xEF\xBB\xBF"
                       "b\n"),
              ElementsAre("1 a",
                          "2 \xEF\xBB\xBF"
                          "b"));
  EXPECT_THAT(lines_of(std::string("a\0b\n", 4)), ElementsAre(std::string("1 a\0b", 5)));
  EXPECT_THAT(lines_of(""), ElementsAre());
  EXPECT_THAT(lines_of("\n"), ElementsAre());
}

TEST(ImportLines, EndAtAnyLengthWithAndWithoutALineBreak) {
  for (const std::size_t length : {kLineBytes - 1, kLineBytes, kLineBytes + 1, kLineBytes + 2,
                                   2 * kLineBytes + 1, 2 * kLineBytes + 2, 2 * kLineBytes + 3}) {
    const std::string line(length, 'x');
    const auto shown = length > kLineBytes ? "1 " + std::to_string(length) : "1 " + line;
    EXPECT_THAT(lines_of(line, true), ElementsAre(shown)) << length;
    EXPECT_THAT(lines_of(line + "\n", true), ElementsAre(shown)) << length;
    EXPECT_THAT(lines_of(line + "\nb\n", true), ElementsAre(shown, "2 b")) << length;
    EXPECT_THAT(lines_of("#" + line + "\nb", true), ElementsAre("2 b")) << length;
  }
}

TEST(ImportLines, OnlyTheBeginningOfALongerOneIsHeld) {
  const std::string line(10 * kLineBytes, 'x');
  EXPECT_THAT(lines_of(line + "\nb\n"), ElementsAre("1 " + std::to_string(kLineBytes + 1), "2 b"));
  EXPECT_THAT(lines_of(std::string(10 * kLineBytes, ' ') + "a\nb\n", true).size(), 2u);
}

}  // namespace
}  // namespace recant::cli
