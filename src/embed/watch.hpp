// Of those who wait for an answer one may keep watch: it yields a while before it sleeps, since to
// be put to sleep and woken again takes a good part of a whole question. Where answers mostly come
// later than that, watch is seldom kept: each in vain doubles how many are not kept after it, and
// one that was not makes them none. Any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace recant::embed {

class Watch {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  /// In which a Redis near by has mostly answered.
  static constexpr std::chrono::microseconds kLongest{150};
  static constexpr int kMostSkipped = 1023;

  /// Returns once it is `over`, or after kLongest or at `until`; at once where another keeps it or
  /// it is not worth it. `over` must not throw.
  template <class Over>
  void keep(Instant until, Over over) {
    if (to_skip_.load(std::memory_order_relaxed) > 0) {
      to_skip_.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
    if (is_kept_.load(std::memory_order_relaxed) ||
        is_kept_.exchange(true, std::memory_order_acquire)) {
      return;
    }
    until = std::min(until, std::chrono::steady_clock::now() + kLongest);
    while (!over() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    skipped_ = over() ? 0 : std::min(2 * skipped_ + 1, kMostSkipped);
    to_skip_.store(skipped_, std::memory_order_relaxed);
    is_kept_.store(false, std::memory_order_release);
  }

 private:
  std::atomic<bool> is_kept_ = false;
  int skipped_ = 0;  // after the last; of whoever keeps it
  std::atomic<int> to_skip_ = 0;
};

}  // namespace recant::embed
