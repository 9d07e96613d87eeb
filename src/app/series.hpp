// Counters with labels that one thread writes and any may read. The writer takes no lock but when
// it meets labels for the first time.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace recant::app {

/// One writer, so that adding needs no locked instruction.
class Counter {
 public:
  void add(std::uint64_t n) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Durations, counted by size.
class Histogram {
 public:
  /// Upper bounds in seconds; what is longer counts in the last bucket alone.
  static constexpr std::array<double, 14> kBounds = {
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

  void observe(std::chrono::nanoseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
    buckets_[bucket].add(1);
    sum_nanoseconds_.add(static_cast<std::uint64_t>(duration.count()));
  }
  std::uint64_t in_bucket(std::size_t bucket) const { return buckets_[bucket].value(); }
  double sum_seconds() const { return static_cast<double>(sum_nanoseconds_.value()) / 1e9; }

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;  // not cumulative
  Counter sum_nanoseconds_;
};

template <class T, std::size_t N>
class SeriesOf {
 public:
  using Labels = std::array<std::string, N>;

  /// The writer's. Past kMost different labels all others share one series, `other`, so that nobody
  /// can fill memory with names.
  T& of(const std::array<std::string_view, N>& labels) {
    for (const auto& entry : entries_) {
      if (matches(entry->labels, labels)) return entry->value;
    }
    return add(labels);
  }

  /// Any thread's: visit(labels, value) for each series.
  template <class Visit>
  void for_each(Visit visit) const {
    const std::lock_guard lock(mutex_);
    for (const auto& entry : entries_) visit(entry->labels, entry->value);
  }

 private:
  static constexpr std::size_t kMost = 256;

  struct Entry {
    Labels labels;
    T value;
  };

  static bool matches(const Labels& labels, const std::array<std::string_view, N>& wanted) {
    for (std::size_t i = 0; i < N; ++i) {
      if (labels[i] != wanted[i]) return false;
    }
    return true;
  }

  T& add(const std::array<std::string_view, N>& labels) {
    const std::lock_guard lock(mutex_);
    if (entries_.size() > kMost) return entries_.back()->value;
    auto entry = std::make_unique<Entry>();
    for (std::size_t i = 0; i < N; ++i) {
      entry->labels[i] = entries_.size() == kMost ? "other" : std::string(labels[i]);
    }
    entries_.push_back(std::move(entry));
    return entries_.back()->value;
  }

  mutable std::mutex mutex_;  // held by the writer while it adds, and by readers
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace recant::app
