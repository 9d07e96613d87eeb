#include "base/timestamp.hpp"

#include <gtest/gtest.h>

namespace recant {
namespace {

// Expected values from `date -u -d @N`.
TEST(Timestamp, IsRfc3339InUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(unix_millis(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(unix_millis(1'700'000'000'007)), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(to_rfc3339(unix_millis(951'782'400'000)), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(unix_millis(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(unix_millis(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
}

TEST(Timestamp, NeverHasFiveDigitsForAYear) {
  EXPECT_EQ(to_rfc3339(unix_millis(253'402'300'800'000)), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(unix_millis(-62'167'219'200'001)), "0000-01-01T00:00:00.000Z");
}

TEST(Timestamp, IsReadAsItIsWritten) {
  for (const std::int64_t at :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{951'782'400'000},
        std::int64_t{1'700'000'000'007}, std::int64_t{253'402'300'799'999}}) {
    EXPECT_EQ(parse_rfc3339(to_rfc3339(unix_millis(at))), unix_millis(at));
  }
  for (const char* text :
       {"", "2023-11-14T22:13:20Z", "2023-11-14t22:13:20.007Z", "2023-11-14T22:13:20.007+00:00",
        "2023-02-29T00:00:00.000Z", "2023-13-01T00:00:00.000Z", "2023-00-01T00:00:00.000Z",
        "2023-11-14T24:00:00.000Z", "2023-11-14T22:60:00.000Z", "2023-11-14T22:13:60.000Z",
        "2023-11-14T22:13:20.00aZ", "+023-11-14T22:13:20.007Z", " 2023-11-14T22:13:20.007Z"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace recant
