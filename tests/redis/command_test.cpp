#include "redis/command.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace recant::redis {
namespace {

std::string encoded(const Command& command) {
  std::string out;
  command.encode_to(out);
  return out;
}

TEST(Command, IsAnArrayOfBlobStrings) {
  EXPECT_EQ(encoded(Command("PING")), "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(encoded(Command("SET", "k", "", "PX", 250)),
            "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n$2\r\nPX\r\n$3\r\n250\r\n");
}

TEST(Command, TakesAnyBytes) {
  using namespace std::string_literals;
  EXPECT_EQ(encoded(Command("GET", "a\r\n$1\0b"s)), "*2\r\n$3\r\nGET\r\n$7\r\na\r\n$1\0b\r\n"s);
}

TEST(Command, SpellsNumbersInDecimal) {
  EXPECT_EQ(encoded(Command("X", std::int64_t{-9223372036854775807} - 1)),
            "*2\r\n$1\r\nX\r\n$20\r\n-9223372036854775808\r\n");
}

TEST(Command, AppendsRangesInOrder) {
  const std::vector<std::string> keys{"a", "bc"};
  const Command command = Command("MGET").add_all(keys);
  EXPECT_EQ(command.argument_count(), 3u);
  EXPECT_EQ(encoded(command), "*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$2\r\nbc\r\n");
}

}  // namespace
}  // namespace recant::redis
