#include "core/watermark.hpp"

#include <gtest/gtest.h>

namespace recant::core {
namespace {

TEST(Watermark, CoversSessionsBegunAtOrBeforeIt) {
  const auto watermark = Watermark::parse("1700000000000");
  EXPECT_TRUE(watermark.covers(unix_millis(1'699'999'999'999)));
  EXPECT_TRUE(watermark.covers(unix_millis(1'700'000'000'000)));
  EXPECT_FALSE(watermark.covers(unix_millis(1'700'000'000'001)));
}

TEST(Watermark, CoversEverythingUnlessItIsAWholeNumberFrom10To12On) {
  for (const char* value :
       {"1", "", "true", "999999999999", "-1700000000000", "1.7e12", "1700000000000.0",
        " 1700000000000", "1700000000000 ", "+1700000000000", "99999999999999999999"}) {
    EXPECT_TRUE(Watermark::parse(value).covers(unix_millis(4'000'000'000'000))) << value;
  }
  EXPECT_FALSE(Watermark::parse("1000000000000").covers(unix_millis(1'000'000'000'001)));
}

}  // namespace
}  // namespace recant::core
