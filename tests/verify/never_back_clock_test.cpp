#include "verify/never_back_clock.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "testing/manual_clock.hpp"
#include "tokens.hpp"

namespace recant::verify {
namespace {

using namespace std::literals;

TEST(NeverBackClock, FollowsAClockThatGoesOn) {
  testing::ManualClock clock(kNow);
  const NeverBackClock never_back(clock);
  EXPECT_EQ(never_back.wall(), kNow);
  clock.advance(5ms);
  EXPECT_EQ(never_back.wall(), kNow + 5ms);
  EXPECT_EQ(never_back.steady(), clock.steady());
}

TEST(NeverBackClock, J50_DoesNotFollowAClockThatIsSetBack) {
  testing::ManualClock clock(kNow);
  const NeverBackClock never_back(clock);
  EXPECT_EQ(never_back.wall(), kNow);
  clock.set_wall(kNow - 1h);
  EXPECT_EQ(never_back.wall(), kNow);
  clock.set_wall(kNow + 1ms);
  EXPECT_EQ(never_back.wall(), kNow + 1ms);
}

TEST(NeverBackClock, J50_AnExpiredTokenStaysExpiredWhenTheClockIsSetBack) {
  const std::string token = signed_token(Claims());
  testing::ManualClock clock(kNow + 1h);
  const NeverBackClock never_back(clock);
  EXPECT_EQ(verdict(token, never_back.wall()), "expired");
  clock.set_wall(kNow);
  EXPECT_EQ(verdict(token, clock.wall()), "accepted");  // what the twin without it would say
  EXPECT_EQ(verdict(token, never_back.wall()), "expired");
}

TEST(NeverBackClock, J50_WhatOneThreadHasSeenHoldsForAll) {
  testing::ManualClock clock(kNow);
  const NeverBackClock never_back(clock);
  std::vector<std::thread> threads;
  std::atomic<bool> went_back = false;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      UnixMillis last{};
      for (int step = 0; step < 10'000; ++step) {
        if (i == 0) clock.set_wall(kNow + milliseconds{(step * 7919) % 1000});  // back and forth
        const UnixMillis now = never_back.wall();
        if (now < last) went_back = true;
        last = now;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(went_back);
  clock.set_wall(kNow);
  EXPECT_EQ(never_back.wall(), kNow + 999ms);
}

}  // namespace
}  // namespace recant::verify
