// By which policy this process goes: what it was configured with, and what it last read on its
// Redis, whichever is stricter. What was read says only what to ask next; each answer brings the
// policy along and is judged by that. The form of its keys is configured alone: what was read says
// whether they are found (docs/adr/0010).
//
// Thread-safe; one a process. Each word is kept by itself: of two policies that are seen at the
// same moment by two threads a mixture may be gone by, never anything laxer than what is
// configured.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/policy.hpp"

namespace recant::redis {

class PolicyInForce {
 public:
  explicit PolicyInForce(core::Policy configured)
      : configured_(configured),
        published_(configured.strategy),
        max_staleness_(count_of(configured.max_staleness)),
        allow_cached_for_(configured.allow_cached_for.count()) {}

  const core::Policy& configured() const { return configured_; }
  void saw(const core::Policy& published) {
    if (published.whitelisted_until) {
      keep(whitelisted_until_, count(*published.whitelisted_until));
    }
    if (published.earlier_staleness) keep(earlier_, packed(*published.earlier_staleness));
    keep(max_staleness_, count_of(published.max_staleness));
    keep(allow_cached_for_, std::int64_t{published.allow_cached_for.count()});
    keep(published_, published.strategy);
  }
  core::Policy goes_by() const { return core::stricter(configured_, published()); }

  /// What it writes where a policy was lost. One that an earlier version wrote may have said
  /// nothing of max_staleness, and then it says what is configured.
  core::Policy puts_back() const {
    core::Policy policy = goes_by();
    if (!policy.max_staleness) policy.max_staleness = configured_.max_staleness;
    return policy;
  }

 private:
  /// Enough for core::kLargestStaleness; what is left holds milliseconds until the year 10889.
  static constexpr int kBoundBits = 14;
  static_assert(core::kLargestStaleness.count() < (1 << kBoundBits));

  /// What is seen again, as nearly always, takes the cache line from no other thread.
  template <class T>
  static void keep(std::atomic<T>& place, T value) {
    if (place.load() != value) place = value;
  }
  static std::int64_t count_of(std::optional<milliseconds> staleness) {
    return staleness.value_or(milliseconds{0}).count();
  }
  /// Both in one number, so that no thread sees one of them without the other.
  static std::int64_t packed(const core::EarlierStaleness& earlier) {
    return (count(earlier.until) << kBoundBits) | earlier.bound.count();
  }

  core::Policy published() const {
    core::Policy policy{published_};
    policy.keys = configured_.keys;
    if (const auto until = whitelisted_until_.load()) {
      policy.whitelisted_until = UnixSeconds{seconds{until}};
    }
    if (const auto bound = max_staleness_.load()) policy.max_staleness = milliseconds{bound};
    if (const auto earlier = earlier_.load()) {
      constexpr std::int64_t kBoundMask = (1 << kBoundBits) - 1;
      policy.earlier_staleness = {milliseconds{earlier & kBoundMask},
                                  unix_millis(earlier >> kBoundBits)};
    }
    policy.allow_cached_for = milliseconds{allow_cached_for_.load()};
    return policy;
  }

  const core::Policy configured_;
  std::atomic<core::Strategy> published_;
  // 0: never. Once seen it is not forgotten: it can but make this process ask too much.
  std::atomic<std::int64_t> whitelisted_until_ = 0;
  std::atomic<std::int64_t> earlier_ = 0;    // likewise: it can but make somebody wait too long
  std::atomic<std::int64_t> max_staleness_;  // ms; 0: it says nothing
  std::atomic<std::int64_t> allow_cached_for_;
};

}  // namespace recant::redis
