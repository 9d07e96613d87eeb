#include "app/metrics.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <span>

#include "app/metric_table.hpp"
#include "verify/revocation.hpp"

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

namespace {

// What can be known beforehand is there from the start, with 0: an alert on "more than before"
// would otherwise miss the first of a kind.
constexpr std::string_view kRefreshOutcomes[] = {"rotated",   "repeated",  "adopted",
                                                 "throttled", "malformed", "expired",
                                                 "revoked",   "reused",    "unavailable"};
constexpr std::string_view kRevocationKinds[] = {"jti", "session", "subject", "all"};
constexpr std::array<std::string_view, 3> kCommonChecks[] = {
    {"valid", "", "cache"},
    {"valid", "", "redis"},
    {"invalid", "expired", "local"},
    {"invalid", "not_signed_by_us", "local"},
    {"unavailable", "redis", "redis"},
    {"unavailable", "policy", "redis"},
    {"unavailable", "other_keys", "redis"},
    {"unavailable", "clock", "redis"},
    {"unavailable", "busy", "redis"},
    {"unavailable", service::kUnfitRedis, "local"}};

template <std::size_t N>
using LabelValues = std::array<std::string, N>;
template <std::size_t N>
using Sums = std::map<LabelValues<N>, std::uint64_t>;

MetricType type_of(MetricInfo::Kind kind) {
  switch (kind) {
    case MetricInfo::Kind::counter:
      return MetricType::Counter;
    case MetricInfo::Kind::gauge:
      return MetricType::Gauge;
    case MetricInfo::Kind::histogram:
      break;
  }
  return MetricType::Histogram;
}

MetricFamily family_of(const MetricInfo& info) {
  return {std::string(info.name), std::string(info.help), type_of(info.kind), {}};
}

template <std::size_t N>
ClientMetric labelled(const MetricInfo& info, const LabelValues<N>& values) {
  ClientMetric metric;
  for (std::size_t i = 0; i < N; ++i) {
    metric.label.push_back({std::string(info.labels[i]), values[i]});
  }
  return metric;
}

/// A family of one series without labels.
MetricFamily single(const MetricInfo& info, double value) {
  MetricFamily family = family_of(info);
  ClientMetric metric;
  (info.kind == MetricInfo::Kind::counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(metric);
  return family;
}

template <std::size_t N>
MetricFamily counters(const MetricInfo& info, const Sums<N>& sums) {
  MetricFamily family = family_of(info);
  for (const auto& [labels, sum] : sums) {
    ClientMetric metric = labelled(info, labels);
    metric.counter.value = static_cast<double>(sum);
    family.metric.push_back(std::move(metric));
  }
  return family;
}

}  // namespace

/// Adds the threads up, at the moment of a scrape.
class MetricsCollector final : public prometheus::Collectable {
 public:
  MetricsCollector(const Metrics& metrics, const Observed& observed)
      : metrics_(metrics), observed_(observed) {}

  std::vector<MetricFamily> Collect() const override {
    const double started = static_cast<double>(count(metrics_.started_)) / 1000;
    return {
        requests(),
        checks(),
        counters(metric::kRevocations, one_label(&ThreadMetrics::revocations_, kRevocationKinds)),
        counters(metric::kRefreshes, one_label(&ThreadMetrics::refreshes_, kRefreshOutcomes)),
        sessions_opened(),
        single(metric::kRedisUp, metrics_.redis_is_up() ? 1 : 0),
        clock_offset(),
        lease_age(),
        single(metric::kLogLinesDropped, static_cast<double>(observed_.log_lines_dropped)),
        build_info(),
        single(metric::kCpuSeconds, observed_.process.cpu_seconds),
        single(metric::kResidentMemory, static_cast<double>(observed_.process.resident_bytes)),
        single(metric::kStartTime, started)};
  }

 private:
  template <std::size_t N>
  void add_threads(SeriesOf<Counter, N> ThreadMetrics::*series, Sums<N>& sums) const {
    for (const auto& thread : metrics_.threads_) {
      ((*thread).*series).for_each([&](const auto& labels, const Counter& counter) {
        sums[labels] += counter.value();
      });
    }
  }

  Sums<1> one_label(SeriesOf<Counter, 1> ThreadMetrics::*series,
                    std::span<const std::string_view> known) const {
    Sums<1> sums;
    for (const std::string_view value : known) sums[{std::string(value)}] = 0;
    add_threads(series, sums);
    return sums;
  }

  MetricFamily checks() const {
    Sums<3> sums;
    for (const auto& [verdict, reason, source] : kCommonChecks) {
      sums[{std::string(verdict), std::string(reason), std::string(source)}] = 0;
    }
    for (const verify::RevokedBy by : verify::kRevokedBy) {
      sums[{"revoked", std::string(verify::name_of(by)), "redis"}] = 0;
    }
    add_threads(&ThreadMetrics::checks_, sums);
    return counters(metric::kChecks, sums);
  }

  MetricFamily requests() const {
    struct Sum {
      std::array<std::uint64_t, Histogram::kBounds.size() + 1> buckets{};
      double seconds = 0;
    };
    std::map<LabelValues<2>, Sum> sums;
    for (const auto& thread : metrics_.threads_) {
      thread->requests_.for_each([&](const auto& labels, const Histogram& histogram) {
        Sum& sum = sums[labels];
        for (std::size_t i = 0; i < sum.buckets.size(); ++i) {
          sum.buckets[i] += histogram.in_bucket(i);
        }
        sum.seconds += histogram.sum_seconds();
      });
    }
    MetricFamily family = family_of(metric::kRequests);
    for (const auto& [labels, sum] : sums) {
      ClientMetric metric = labelled(metric::kRequests, labels);
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
    std::uint64_t sum = 0;
    for (const auto& thread : metrics_.threads_) sum += thread->sessions_opened_.value();
    return single(metric::kSessionsOpened, static_cast<double>(sum));
  }

  MetricFamily lease_age() const {
    if (!observed_.lease_age) return family_of(metric::kLeaseAge);
    return single(metric::kLeaseAge, observed_.lease_age->count());
  }

  MetricFamily clock_offset() const {
    if (!observed_.clock_offset) return family_of(metric::kClockOffset);
    return single(metric::kClockOffset, observed_.clock_offset->count());
  }

  MetricFamily build_info() const {
    MetricFamily family = family_of(metric::kBuildInfo);
    ClientMetric metric = labelled<1>(metric::kBuildInfo, {metrics_.version_});
    metric.gauge.value = 1;
    family.metric.push_back(std::move(metric));
    return family;
  }

  const Metrics& metrics_;
  const Observed& observed_;
};

ThreadMetrics& Metrics::add_thread() {
  return *threads_.emplace_back(std::make_unique<ThreadMetrics>());
}

bool Metrics::redis_is_up() const {
  return std::ranges::all_of(threads_, [](const auto& thread) {
    return thread->redis_up_.load(std::memory_order_relaxed);
  });
}

std::string Metrics::scrape(const Observed& observed) const {
  return prometheus::TextSerializer().Serialize(MetricsCollector(*this, observed).Collect());
}

}  // namespace recant::app
