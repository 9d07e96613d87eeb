#include "app/metrics.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>

namespace recant::app {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void ThreadMetrics::answered(std::string_view route, int status,
                             std::chrono::nanoseconds duration) {
  const std::string code = std::to_string(status);  // short enough to need no allocation
  // What matches no route has no bound, so it has one name.
  requests_.of({route.empty() ? "none" : route, code}).observe(duration);
}

/// Adds the threads up, at the moment of a scrape.
class MetricsCollector final : public prometheus::Collectable {
 public:
  explicit MetricsCollector(const Metrics& metrics) : metrics_(metrics) {}

  std::vector<MetricFamily> Collect() const override {
    return {requests(),
            counters("recant_checks_total", "Checks of access tokens, by verdict.",
                     {"verdict", "reason", "source"}, &ThreadMetrics::checks_),
            counters("recant_refresh_total", "Refreshes, by outcome.", {"outcome"},
                     &ThreadMetrics::refreshes_),
            counters("recant_revocations_total", "Revocations, by kind.", {"kind"},
                     &ThreadMetrics::revocations_),
            sessions_opened(),
            redis_up(),
            build_info()};
  }

 private:
  template <std::size_t N>
  using Names = std::array<const char*, N>;

  template <std::size_t N>
  static std::vector<ClientMetric::Label> labels_of(const Names<N>& names,
                                                    const std::array<std::string, N>& values) {
    std::vector<ClientMetric::Label> labels;
    for (std::size_t i = 0; i < N; ++i) labels.push_back({names[i], values[i]});
    return labels;
  }

  template <std::size_t N>
  MetricFamily counters(const char* name, const char* help, const Names<N>& names,
                        SeriesOf<Counter, N> ThreadMetrics::*series) const {
    std::map<std::array<std::string, N>, std::uint64_t> sums;
    for (const auto& thread : metrics_.threads_) {
      ((*thread).*series).for_each([&](const auto& labels, const Counter& counter) {
        sums[labels] += counter.value();
      });
    }
    MetricFamily family{name, help, MetricType::Counter, {}};
    for (const auto& [labels, sum] : sums) {
      ClientMetric metric;
      metric.label = labels_of(names, labels);
      metric.counter.value = static_cast<double>(sum);
      family.metric.push_back(std::move(metric));
    }
    return family;
  }

  MetricFamily requests() const {
    struct Sum {
      std::array<std::uint64_t, Histogram::kBounds.size() + 1> buckets{};
      double seconds = 0;
    };
    std::map<std::array<std::string, 2>, Sum> sums;
    for (const auto& thread : metrics_.threads_) {
      thread->requests_.for_each([&](const auto& labels, const Histogram& histogram) {
        Sum& sum = sums[labels];
        for (std::size_t i = 0; i < sum.buckets.size(); ++i) {
          sum.buckets[i] += histogram.in_bucket(i);
        }
        sum.seconds += histogram.sum_seconds();
      });
    }
    MetricFamily family{"recant_http_request_duration_seconds",
                        "Time from a request's last byte to its answer's.",
                        MetricType::Histogram,
                        {}};
    for (const auto& [labels, sum] : sums) {
      ClientMetric metric;
      metric.label = labels_of(Names<2>{"route", "code"}, labels);
      std::uint64_t cumulative = 0;
      for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
        cumulative += sum.buckets[i];
        metric.histogram.bucket.push_back({cumulative, Histogram::kBounds[i]});
      }
      // The serializer adds +Inf from the count.
      metric.histogram.sample_count = cumulative + sum.buckets.back();
      metric.histogram.sample_sum = sum.seconds;
      family.metric.push_back(std::move(metric));
    }
    return family;
  }

  MetricFamily sessions_opened() const {
    ClientMetric metric;
    for (const auto& thread : metrics_.threads_) {
      metric.counter.value += static_cast<double>(thread->sessions_opened_.value());
    }
    return {"recant_sessions_opened_total", "Sessions opened.", MetricType::Counter, {metric}};
  }

  MetricFamily redis_up() const {
    ClientMetric metric;
    metric.gauge.value = metrics_.redis_is_up() ? 1 : 0;
    return {"recant_redis_up", "Is every thread connected to Redis?", MetricType::Gauge, {metric}};
  }

  MetricFamily build_info() const {
    ClientMetric metric;
    metric.label.push_back({"version", metrics_.version_});
    metric.gauge.value = 1;
    return {"recant_build_info", "1, and what was built.", MetricType::Gauge, {metric}};
  }

  const Metrics& metrics_;
};

ThreadMetrics& Metrics::add_thread() {
  return *threads_.emplace_back(std::make_unique<ThreadMetrics>());
}

bool Metrics::redis_is_up() const {
  return std::ranges::all_of(threads_, [](const auto& thread) {
    return thread->redis_up_.load(std::memory_order_relaxed);
  });
}

std::string Metrics::scrape() const {
  return prometheus::TextSerializer().Serialize(MetricsCollector(*this).Collect());
}

}  // namespace recant::app
