// Time is a parameter: rooms below app/ are given a Clock or an instant and never ask the system.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace recant {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Wall-clock instants: Unix time in whole milliseconds, the precision of Redis keys and UUIDv7.
using UnixMillis = std::chrono::sys_time<milliseconds>;
/// NumericDate of RFC 7519 §2, in whole seconds.
using UnixSeconds = std::chrono::sys_time<seconds>;
/// For intervals within this process; never compared with wall-clock time.
using SteadyInstant = std::chrono::steady_clock::time_point;

constexpr UnixMillis unix_millis(std::int64_t since_epoch) {
  return UnixMillis{milliseconds{since_epoch}};
}
constexpr std::int64_t count(UnixMillis t) { return t.time_since_epoch().count(); }
constexpr std::int64_t count(UnixSeconds t) { return t.time_since_epoch().count(); }

/// Thread-safe. Implemented by SystemClock and by testing::ManualClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMillis wall() const = 0;
  virtual SteadyInstant steady() const = 0;
};

/// The steady clock is one that goes on while the machine sleeps (CLOCK_BOOTTIME): what may be
/// believed for a quarter of a second is not to be believed after a night in a closed laptop.
class SystemClock final : public Clock {
 public:
  UnixMillis wall() const override {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  }
  SteadyInstant steady() const override {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return SteadyInstant{seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
  }
};

}  // namespace recant
