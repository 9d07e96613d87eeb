// A wall clock that does not go back: a token once seen as expired stays so when somebody sets the
// system's clock back (security bar J50). One a thread; not thread-safe.
#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace recant::verify {

class NeverBackClock final : public Clock {
 public:
  explicit NeverBackClock(const Clock& clock) : clock_(clock) {}

  UnixMillis wall() const override {
    latest_ = std::max(latest_, clock_.wall());
    return latest_;
  }
  SteadyInstant steady() const override { return clock_.steady(); }

 private:
  const Clock& clock_;
  mutable UnixMillis latest_{};
};

}  // namespace recant::verify
