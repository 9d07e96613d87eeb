// The counters of the contract, §5. Each I/O thread counts for itself, without a lock and without
// sharing a cache line; a scrape adds the threads up. prometheus-cpp stays in the .cpp file.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/process_usage.hpp"
#include "app/series.hpp"
#include "base/clock.hpp"
#include "service/meter.hpp"

namespace recant::app {

/// One thread's share. Written by that thread only, read by any.
class ThreadMetrics final : public service::Meter {
 public:
  void checked(std::string_view verdict, std::string_view reason,
               std::string_view source) override {
    checks_.of({verdict, reason, source}).add(1);
  }
  void refreshed(std::string_view outcome) override { refreshes_.of({outcome}).add(1); }
  void revoked(std::string_view kind) override { revocations_.of({kind}).add(1); }
  void session_opened() override { sessions_opened_.add(1); }

  void answered(std::string_view route, int status, std::chrono::nanoseconds duration);
  void redis_is_up(bool up) { redis_up_.store(up, std::memory_order_relaxed); }

 private:
  friend class Metrics;
  friend class MetricsCollector;

  SeriesOf<Counter, 3> checks_;
  SeriesOf<Counter, 1> refreshes_;
  SeriesOf<Counter, 1> revocations_;
  SeriesOf<Histogram, 2> requests_;
  Counter sessions_opened_;
  std::atomic<bool> redis_up_{false};
};

/// What nobody counts: looked at when it is scraped.
struct Observed {
  std::optional<std::chrono::duration<double>> clock_offset{};
  std::optional<std::chrono::duration<double>> lease_age{};
  std::uint64_t log_lines_dropped = 0;
  ProcessUsage process{};
};

/// add_thread() before serving; scrape() at any time from any thread.
class Metrics {
 public:
  Metrics(std::string version, UnixMillis started)
      : version_(std::move(version)), started_(started) {}

  ThreadMetrics& add_thread();
  /// Is every thread connected to Redis?
  bool redis_is_up() const;
  /// Prometheus' text format.
  std::string scrape(const Observed& observed) const;

 private:
  friend class MetricsCollector;

  const std::string version_;
  const UnixMillis started_;
  std::vector<std::unique_ptr<ThreadMetrics>> threads_;
};

}  // namespace recant::app
