// By which policy this process goes: what it was configured with, and what it last read on its
// Redis, whichever is stricter. What was read says only what to ask next; each answer brings the
// policy along and is judged by that.
//
// Thread-safe; one a process.
#pragma once

#include <atomic>

#include "core/policy.hpp"

namespace recant::redis {

class PolicyInForce {
 public:
  explicit PolicyInForce(core::Policy configured)
      : configured_(configured), published_(configured.strategy) {}

  const core::Policy& configured() const { return configured_; }
  void saw(const core::Policy& published) { published_ = published.strategy; }
  core::Policy goes_by() const { return {stricter(configured_.strategy, published_)}; }

 private:
  const core::Policy configured_;
  std::atomic<core::Strategy> published_;
};

}  // namespace recant::redis
