#include "app/redis_clock.hpp"

#include <gmock/gmock.h>

#include "testing/manual_clock.hpp"
#include "testing/run.hpp"

namespace recant::app {
namespace {

using redis::Reply;

/// Answers TIME after a while.
class SlowRedis final : public redis::Commander {
 public:
  SlowRedis(recant::testing::ManualClock& clock, milliseconds takes, std::optional<Reply> answer)
      : clock_(clock), takes_(takes), answer_(std::move(answer)) {}

  std::string asked;

 private:
  Task<Replies> exchange(std::string bytes, std::size_t /*reply_count*/) override {
    asked = std::move(bytes);
    clock_.advance(takes_);
    if (!answer_) co_return redis::RedisError{redis::RedisErrc::timeout, "late"};
    std::vector<Reply> replies{*answer_};
    co_return replies;
  }

  recant::testing::ManualClock& clock_;
  const milliseconds takes_;
  const std::optional<Reply> answer_;
};

Reply time_of(const char* seconds, const char* microseconds) {
  return Reply::array({Reply::blob(seconds), Reply::blob(microseconds)});
}

class RedisClock : public ::testing::Test {
 protected:
  std::optional<double> offset(milliseconds takes, std::optional<Reply> answer) {
    SlowRedis redis(clock_, takes, std::move(answer));
    const auto found = recant::testing::run(ask_clock_offset(redis, clock_));
    EXPECT_EQ(redis.asked, "*1\r\n$4\r\nTIME\r\n");
    return found ? std::optional(found->count()) : std::nullopt;
  }

  recant::testing::ManualClock clock_{unix_millis(1'700'000'000'000)};
};

TEST_F(RedisClock, AheadIsMoreAndBehindIsLess) {
  EXPECT_EQ(offset(milliseconds(0), time_of("1700000003", "500000")), 3.5);
  EXPECT_EQ(offset(milliseconds(0), time_of("1699999999", "0")), -1.0);
}

TEST_F(RedisClock, IsHeldAgainstTheMiddleOfTheTimeThatTheAnswerTook) {
  EXPECT_EQ(offset(milliseconds(200), time_of("1700000000", "100000")), 0.0);
}

TEST_F(RedisClock, IsNotKnownWithoutAnAnswerThatIsATime) {
  EXPECT_EQ(offset(milliseconds(0), std::nullopt), std::nullopt);
  EXPECT_EQ(offset(milliseconds(0), Reply::blob("soon")), std::nullopt);
  EXPECT_EQ(offset(milliseconds(0), time_of("soon", "0")), std::nullopt);
}

}  // namespace
}  // namespace recant::app
