// What happens to a thread's connection to Redis, for the gauge and the log. On that thread only.
#pragma once

#include <string_view>

#include "app/log.hpp"
#include "app/metrics.hpp"
#include "redis/connection.hpp"

namespace recant::app {

class RedisObserver final : public redis::ConnectionObserver {
 public:
  /// All threads' connections share one fate as a rule, so one of them speaks for all.
  RedisObserver(ThreadMetrics& metrics, Log& log, bool speaks)
      : metrics_(metrics), log_(log), speaks_(speaks) {}

  void up() override {
    metrics_.redis_is_up(true);
    log_.write(speaks_ ? LogLevel::info : LogLevel::debug, "connected to Redis");
  }
  void down(std::string_view why) override {
    metrics_.redis_is_up(false);
    log_.write(speaks_ ? LogLevel::error : LogLevel::debug, "Redis cannot be asked",
               {{"why", why}});
  }

 private:
  ThreadMetrics& metrics_;
  Log& log_;
  const bool speaks_;
};

}  // namespace recant::app
