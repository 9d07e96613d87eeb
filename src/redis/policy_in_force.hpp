// By which policy this process goes: what it was configured with, and what it last read on its
// Redis, whichever is stricter. What was read says only what to ask next; each answer brings the
// policy along and is judged by that.
//
// Thread-safe; one a process.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/policy.hpp"

namespace recant::redis {

class PolicyInForce {
 public:
  explicit PolicyInForce(core::Policy configured)
      : configured_(configured), published_(configured.strategy) {}

  const core::Policy& configured() const { return configured_; }
  void saw(const core::Policy& published) {
    if (published.whitelisted_until) {
      whitelisted_until_ = count(*published.whitelisted_until);
    }
    published_ = published.strategy;
  }
  core::Policy goes_by() const {
    core::Policy published{published_};
    if (const auto until = whitelisted_until_.load()) {
      published.whitelisted_until = UnixSeconds{seconds{until}};
    }
    return core::stricter(configured_, published);
  }

 private:
  const core::Policy configured_;
  std::atomic<core::Strategy> published_;
  // 0: never. Once seen it is not forgotten: it can but make this process ask too much.
  std::atomic<std::int64_t> whitelisted_until_ = 0;
};

}  // namespace recant::redis
