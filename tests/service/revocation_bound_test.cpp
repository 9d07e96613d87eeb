// Promise G2: who waits for a revocation waits until no lease from before it runs any more.
#include "service/revocation_bound.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "testing/manual_clock.hpp"

namespace recant::service {
namespace {

/// Says what a test tells it, a while after it was asked.
struct ToldLeases final : VerifierLeases {
  explicit ToldLeases(testing::ManualClock& the_clock) : clock(the_clock) {}

  Task<Stored<std::optional<milliseconds>>> largest() override {
    clock.advance(asking_takes);
    co_return answer;
  }

  testing::ManualClock& clock;
  milliseconds asking_takes{0};
  Stored<std::optional<milliseconds>> answer = std::optional<milliseconds>();
};

class RevocationBoundTest : public ::testing::Test {
 protected:
  void begin() {
    auto done = [this](const std::exception_ptr& error) { passed_ = error == nullptr; };
    boost::asio::co_spawn(io_, bound_.pass(Enforced::now(clock_)), done);
  }
  bool passes_after(milliseconds more) {
    clock_.advance(more);
    io_.restart();
    // In real time, for a timer that the manual clock knows nothing of.
    io_.run_for(milliseconds{20});
    return passed_;
  }
  /// Does it pass exactly so long after the acknowledgement?
  void expect_bound(milliseconds bound) {
    begin();
    EXPECT_FALSE(passes_after(bound - leases_.asking_takes - milliseconds{1}));
    EXPECT_TRUE(passes_after(milliseconds{1}));
  }

  testing::ManualClock clock_;
  ToldLeases leases_{clock_};
  RevocationBound bound_{leases_, clock_};
  boost::asio::io_context io_{1};
  bool passed_ = false;
};

TEST_F(RevocationBoundTest, IsTheLeaseAndOnePercentRoundedUp) {
  leases_.answer = std::optional(milliseconds{250});
  expect_bound(milliseconds{253});
}

TEST_F(RevocationBoundTest, IsMeasuredFromTheAcknowledgement) {
  leases_.answer = std::optional(milliseconds{1000});
  leases_.asking_takes = milliseconds{900};
  expect_bound(milliseconds{1010});
}

TEST_F(RevocationBoundTest, HasPassedWhereNobodyHoldsALease) {
  leases_.answer = std::optional(milliseconds{0});
  begin();
  EXPECT_TRUE(passes_after(milliseconds{0}));
}

TEST_F(RevocationBoundTest, IsTheLargestOfAnyPolicyWhereNoneSays) {
  leases_.answer = std::optional<milliseconds>();
  leases_.asking_takes = milliseconds{10'050};
  expect_bound(milliseconds{10'100});
}

TEST_F(RevocationBoundTest, IsTheLargestOfAnyPolicyWhereItCannotBeAsked) {
  leases_.answer = StoreUnavailable{"a test"};
  leases_.asking_takes = milliseconds{10'050};
  expect_bound(milliseconds{10'100});
}

}  // namespace
}  // namespace recant::service
