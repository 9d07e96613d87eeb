#include "cli/text.hpp"

#include <gtest/gtest.h>

#include "cli/times.hpp"

namespace recant::cli {
namespace {

TEST(Text, NothingFromStrangersSteersATerminal) {
  EXPECT_EQ(printable("plain Zo\xc3\xab \xe4\xb8\x96"), "plain Zo\xc3\xab \xe4\xb8\x96");
  EXPECT_EQ(printable("a\x1b[31m\n\r\t\x7f"), "a\\x1b[31m\\n\\r\\t\\x7f");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xc2\x9b"), "\\x9b");             // C1: CSI in one character
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");        // no UTF-8
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u202e");       // reorders what follows
  EXPECT_EQ(printable("\xe2\x80\xa8"), "\\u2028");       // another line
  EXPECT_EQ(printable("\xe2\x80\x8c"), "\xe2\x80\x8c");  // spells Persian
  EXPECT_EQ(printable("\xf3\xa0\x81\x81"), "\\ue0041");  // an invisible letter
}

TEST(Text, KnowsHowWideItIs) {
  EXPECT_EQ(width_of(""), 0u);
  EXPECT_EQ(width_of("abc"), 3u);
  EXPECT_EQ(width_of("\xc3\xab"), 1u);
  EXPECT_EQ(width_of("\xe4\xb8\x96\xe7\x95\x8c"), 4u);
  EXPECT_EQ(width_of("e\xcc\x88"), 1u);
}

TEST(Text, IsCutAndPaddedToColumns) {
  EXPECT_EQ(fitted("abc", 5), "abc  ");
  EXPECT_EQ(fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(fitted("abcdefg", 6), "abcde\xe2\x80\xa6");
  EXPECT_EQ(fitted("\xe4\xb8\x96\xe7\x95\x8c\xe4\xb8\x96", 5),
            "\xe4\xb8\x96\xe7\x95\x8c\xe2\x80\xa6");
  EXPECT_EQ(fitted("\xe4\xb8\x96\xe7\x95\x8c", 3), "\xe4\xb8\x96\xe2\x80\xa6");
  EXPECT_EQ(fitted("\xe4\xb8\x96\xe7\x95\x8c", 2), "\xe2\x80\xa6 ");
  EXPECT_EQ(fitted("abc", 0), "");
}

TEST(Text, NumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(counted(1, "user", "users"), "1 user");
  EXPECT_EQ(counted(0, "user", "users"), "0 users");
}

TEST(Times, ReadWhatTheServerWrites) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), unix_millis(0));
  EXPECT_EQ(parse_time("2023-11-14T22:13:20.123Z"), unix_millis(1'700'000'000'123));
  EXPECT_EQ(parse_time("2023-11-14 22:13:20.1Z"), unix_millis(1'700'000'000'100));
  EXPECT_EQ(parse_time("2024-02-29T00:00:00Z"), unix_millis(1'709'164'800'000));
  for (const char* text :
       {"", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20+01:00",
        "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-11-14T24:00:00Z",
        "2023-11-14T22:60:20Z", "2023-11-14T22:13:61Z", "2023-11-14T22:13:20.Z",
        "2023-11-14T22:13:20.xZ", "x023-11-14T22:13:20Z", "2023-11-14T22:13:20ZZ"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

TEST(Times, AreWrittenAsPeopleReadThem) {
  const UnixMillis now = unix_millis(1'700'000'000'000);
  EXPECT_EQ(date_and_time(now), "2023-11-14 22:13:20 UTC");
  EXPECT_EQ(short_time(now), "2023-11-14 22:13");
  EXPECT_EQ(relative(now, now), "now");
  EXPECT_EQ(relative(now + seconds{1}, now), "in 1 second");
  EXPECT_EQ(relative(now - seconds{185}, now), "3 minutes 5 seconds ago");
  EXPECT_EQ(relative(now + std::chrono::hours{49}, now), "in 2 days 1 hour");
  EXPECT_EQ(relative(now - std::chrono::hours{48} - seconds{5}, now), "2 days ago");
  EXPECT_EQ(duration_text(seconds{0}), "0 seconds");
}

}  // namespace
}  // namespace recant::cli
