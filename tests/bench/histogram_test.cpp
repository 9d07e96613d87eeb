#include "../../bench/programs/histogram.hpp"

#include <gtest/gtest.h>

namespace recant::bench {
namespace {

using std::chrono::nanoseconds;

Histogram of(std::int64_t least, std::int64_t most) {
  Histogram histogram;
  for (auto value = least; value <= most; ++value) histogram.add(nanoseconds{value});
  return histogram;
}

TEST(HistogramTest, NothingIsZero) { EXPECT_EQ(Histogram().percentile(0.99), 0U); }

TEST(HistogramTest, ShortDurationsAreExact) {
  const auto histogram = of(1, 200);
  EXPECT_EQ(histogram.count(), 200U);
  EXPECT_EQ(histogram.percentile(0.5), 100U);
  EXPECT_EQ(histogram.percentile(0.99), 198U);
  EXPECT_EQ(histogram.percentile(1), 200U);
}

TEST(HistogramTest, LongOnesAreKnownToWithinOneInAHundred) {
  const auto histogram = of(1, 1'000'000);
  for (const double share : {0.1, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = share * 1e6;
    const auto known = static_cast<double>(histogram.percentile(share));
    EXPECT_LE(known, exact) << share;
    EXPECT_GE(known, exact * 0.99) << share;
  }
}

TEST(HistogramTest, TheLongestHaveAPlace) {
  Histogram histogram;
  histogram.add(nanoseconds::max());
  EXPECT_GE(histogram.percentile(1),
            static_cast<std::uint64_t>(nanoseconds::max().count()) / 100 * 99);
  histogram.add(nanoseconds{-5});  // a clock that went back
  EXPECT_EQ(histogram.percentile(0.5), 0U);
}

}  // namespace
}  // namespace recant::bench
