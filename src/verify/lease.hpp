// Until when verdicts may be given from memory without hearing from Redis. The thread that hears
// from Redis grants it; the clock is one that goes on while the machine sleeps (Clock::steady).
//
// One thread grants and ends, any number of threads ask. Whoever is told that the lease is in force
// also sees every stamp that was raised before it was granted, so ask for the lease first and for
// the stamps then: the other way round, a thread that was held up in between would join old stamps
// to a new lease (docs/revocation-bound.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace recant::verify {

class Lease {
 public:
  /// Redis was heard by what was asked at `since`. Never shortened by a later grant, only by end().
  void grant(SteadyInstant since, milliseconds length) {
    since_.store(since.time_since_epoch().count(), std::memory_order_relaxed);
    const auto end = (since + length).time_since_epoch().count();
    if (end > until_.load(std::memory_order_relaxed)) {
      until_.store(end, std::memory_order_release);
    }
  }
  void end() { until_.store(kNever, std::memory_order_release); }

  bool covers(SteadyInstant now) const {
    return now.time_since_epoch().count() < until_.load(std::memory_order_acquire);
  }
  /// How long ago that was asked which granted the last lease; nothing before the first.
  std::optional<SteadyInstant::duration> age(SteadyInstant now) const {
    const auto since = since_.load(std::memory_order_relaxed);
    if (since == kNever) return std::nullopt;
    return now - SteadyInstant{SteadyInstant::duration{since}};
  }

 private:
  static constexpr SteadyInstant::rep kNever = INT64_MIN;
  std::atomic<SteadyInstant::rep> until_ = kNever;
  std::atomic<SteadyInstant::rep> since_ = kNever;
};

}  // namespace recant::verify
