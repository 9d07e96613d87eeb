// What happens to a thread's connection to Redis, for the gauge and the log. On that thread only.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "app/log.hpp"
#include "app/metrics.hpp"
#include "redis/connection.hpp"

namespace recant::app {

class RedisObserver final : public redis::ConnectionObserver {
 public:
  /// All threads' connections share one fate as a rule, so one of them speaks for all. `look` finds
  /// out what else is denied, and says so; called once a connection.
  RedisObserver(ThreadMetrics& metrics, Log& log, bool speaks, std::function<void()> look)
      : metrics_(metrics), log_(log), speaks_(speaks), look_(std::move(look)) {}

  void up() override {
    denied_.clear();
    metrics_.redis_is_up(true);
    log_.write(speaks_ ? LogLevel::info : LogLevel::debug, "connected to Redis");
  }
  void down(std::string_view why) override {
    metrics_.redis_is_up(false);
    log_.write(speaks_ ? LogLevel::error : LogLevel::debug, "Redis cannot be asked",
               {{"why", why}});
  }

  void denied(std::string_view what) override {
    constexpr std::size_t kMost = 16;
    const bool first = denied_.empty();
    if (denied_.size() == kMost || !denied_.emplace(what).second) return;
    log_.write(LogLevel::error,
               "Redis denies our user a command, and what needed it is unavailable",
               {{"why", what}});
    if (first) look_();
  }

 private:
  ThreadMetrics& metrics_;
  Log& log_;
  const bool speaks_;
  const std::function<void()> look_;
  std::set<std::string, std::less<>> denied_;  // on this connection, as it was told
};

}  // namespace recant::app
