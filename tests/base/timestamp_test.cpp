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

}  // namespace
}  // namespace recant
