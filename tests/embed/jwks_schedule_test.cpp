// When keys are looked at again: tables over a clock that is a number.
#include "embed/jwks_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "testing/seeded_random.hpp"

namespace recant::embed {
namespace {

using namespace std::chrono_literals;

/// Draws the least, so that pauses are as long as they may be.
class NoJitter final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), 0); }
};

class Schedule : public ::testing::Test {
 protected:
  const SteadyInstant start{std::chrono::hours{1000}};
  NoJitter random;
  JwksSchedule schedule{{}, random, start};

  /// Seconds after the start; -1 while nothing is due.
  double due() const {
    const auto at = schedule.due();
    return at ? std::chrono::duration<double>(*at - start).count() : -1;
  }
  void look(milliseconds at, bool succeeds) {
    schedule.begun(start + at);
    succeeds ? schedule.succeeded(start + at) : schedule.failed(start + at);
  }
};

TEST_F(Schedule, LooksAtOnceAndThenEveryFiveMinutes) {
  EXPECT_EQ(due(), 0);
  look(0s, true);
  EXPECT_EQ(due(), 300);
}

TEST_F(Schedule, DoesNotLookTwiceAtATime) {
  schedule.begun(start);
  EXPECT_EQ(due(), -1);
}

TEST_F(Schedule, WaitsLongerAfterEachFailureUpToAMinute) {
  milliseconds at = 0s;
  for (const double pause : {1., 2., 4., 8., 16., 32., 60., 60.}) {
    look(at, false);
    EXPECT_EQ(due(), std::chrono::duration<double>(at).count() + pause);
    at += 100s;
  }
  look(at, true);
  look(at + 300s, false);
  EXPECT_EQ(due(), std::chrono::duration<double>(at).count() + 301);
}

TEST_F(Schedule, J16_AnUnknownKeyIsLookedForAtOnceButNotMoreThanEvery30Seconds) {
  look(0s, true);
  schedule.unknown_kid(start + 100s);
  EXPECT_EQ(due(), 100);
  look(100s, true);
  for (const auto at : {100s, 101s, 129s}) {
    schedule.unknown_kid(start + at);
    EXPECT_EQ(due(), 130);
  }
  schedule.unknown_kid(start + 140s);  // still one look
  EXPECT_EQ(due(), 130);
}

TEST_F(Schedule, J16_NorWhileLooksFail) {
  look(0s, false);
  look(1s, false);
  look(3s, false);
  look(7s, false);
  look(15s, false);
  look(31s, false);
  EXPECT_EQ(due(), 63);
  schedule.unknown_kid(start + 32s);
  EXPECT_EQ(due(), 61);  // 30 s after the beginning of the last
}

TEST_F(Schedule, WhatIsAskedForWhileLookingIsLookedForAgain) {
  schedule.begun(start);
  schedule.unknown_kid(start + 1s);
  schedule.succeeded(start + 2s);
  EXPECT_EQ(due(), 30);
}

TEST_F(Schedule, KeysCountForADayAfterTheLastLookThatSucceeded) {
  EXPECT_FALSE(schedule.counts(start));
  look(0s, false);
  EXPECT_FALSE(schedule.counts(start));
  look(1s, true);
  look(2s, false);
  EXPECT_TRUE(schedule.counts(start + 24h));
  EXPECT_FALSE(schedule.counts(start + 24h + 1s));
}

TEST(JwksSchedule, ManyDoNotLookTogether) {
  testing::SeededRandom random(1);
  const SteadyInstant start{};
  std::set<SteadyInstant> due;
  for (int i = 0; i < 100; ++i) {
    JwksSchedule schedule({}, random, start);
    schedule.begun(start);
    schedule.succeeded(start);
    EXPECT_LE(*schedule.due(), start + 300s);
    EXPECT_GE(*schedule.due(), start + 270s);
    due.insert(*schedule.due());
  }
  EXPECT_GT(due.size(), 90U);
}

}  // namespace
}  // namespace recant::embed
