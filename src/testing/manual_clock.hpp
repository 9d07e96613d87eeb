// A clock that moves when it is told to: wall time and steady time together, or wall time alone
// (an operator who sets it). Thread-safe.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace recant::testing {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMillis start = unix_millis(1'700'000'000'000)) : wall_(count(start)) {}

  UnixMillis wall() const override { return unix_millis(wall_.load()); }
  SteadyInstant steady() const override { return SteadyInstant(milliseconds(steady_.load())); }

  void advance(milliseconds by) {
    steady_ += by.count();
    wall_ += by.count();
  }
  /// May go backwards, as wall clocks do.
  void set_wall(UnixMillis to) { wall_ = count(to); }

 private:
  std::atomic<std::int64_t> wall_;
  std::atomic<std::int64_t> steady_{1'000'000};
};

}  // namespace recant::testing
