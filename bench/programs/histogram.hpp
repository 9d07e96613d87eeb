// How often which duration was met, in little memory and little time: what is counted is known to
// within 1 %.
//
// Not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace recant::bench {

class Histogram {
 public:
  void add(std::chrono::nanoseconds duration) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    ++buckets_[bucket_of(value)];
    ++count_;
  }
  std::uint64_t count() const { return count_; }
  /// The least duration, in nanoseconds, that so great a share of all do not exceed; 0 of none.
  std::uint64_t percentile(double share) const {
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen >= rank && seen > 0) return least_of(i);
    }
    return 0;
  }

 private:
  // Values below 256 have a bucket each; from there on 128 share each doubling.
  static constexpr std::size_t kHalf = 128;
  static constexpr int kBits = 8;
  static constexpr std::size_t kBuckets = (64 - kBits + 2) * kHalf;

  static std::size_t bucket_of(std::uint64_t value) {
    const int shift = std::max(static_cast<int>(std::bit_width(value)) - kBits, 0);
    return static_cast<std::size_t>(shift) * kHalf + static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t least_of(std::size_t bucket) {
    if (bucket < 2 * kHalf) return bucket;
    const auto shift = bucket / kHalf - 1;
    return static_cast<std::uint64_t>(bucket - shift * kHalf) << shift;
  }

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace recant::bench
