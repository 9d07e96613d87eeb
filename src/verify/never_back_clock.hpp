// A wall clock that does not go back: a token once seen as expired stays so when somebody sets the
// system's clock back (security bar J50). Make one a process and give it to every thread's checks:
// with one a thread, a thread that was idle would not know what another has seen. Thread-safe.
#pragma once

#include <algorithm>
#include <atomic>

#include "base/clock.hpp"

namespace recant::verify {

class NeverBackClock final : public Clock {
 public:
  explicit NeverBackClock(const Clock& clock) : clock_(clock) {}

  UnixMillis wall() const override {
    const std::int64_t now = count(clock_.wall());
    std::int64_t latest = latest_.load(std::memory_order_relaxed);
    // Written once a millisecond at most, so threads seldom take the cache line from one another.
    while (latest < now && !latest_.compare_exchange_weak(latest, now, std::memory_order_relaxed)) {
    }
    return unix_millis(std::max(latest, now));
  }
  SteadyInstant steady() const override { return clock_.steady(); }

 private:
  const Clock& clock_;
  mutable std::atomic<std::int64_t> latest_{0};
};

}  // namespace recant::verify
