// How long to wait before the next attempt: doubling, with jitter, so that many clients that lost
// the same server do not return in step. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace recant::redis {

class Backoff {
 public:
  Backoff(milliseconds first, milliseconds most) : first_(first), most_(most), next_(first) {}

  /// Between half of the step and the whole of it; the next step is twice as long.
  milliseconds next(RandomSource& random) {
    const milliseconds step = next_;
    next_ = std::min(most_, next_ * 2);
    std::uint64_t bits = 0;
    for (const std::uint8_t byte : random.bytes<8>()) bits = bits << 8 | byte;
    const auto half = static_cast<std::uint64_t>(step.count()) / 2;
    return milliseconds(step.count() - static_cast<std::int64_t>(bits % (half + 1)));
  }
  void reset() { next_ = first_; }

 private:
  milliseconds first_;
  milliseconds most_;
  milliseconds next_;
};

}  // namespace recant::redis
