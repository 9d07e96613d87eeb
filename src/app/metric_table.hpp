// The metrics of the contract, §5, each once: its name, what it counts and its labels. What is
// exported, docs/operating.md, the dashboard and the alerts are held against this table.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace recant::app {

struct MetricInfo {
  enum class Kind { counter, gauge, histogram };
  std::string_view name;
  Kind kind;
  std::string_view help;
  std::array<std::string_view, 3> labels{};  // those that are not empty
};

namespace metric {

inline constexpr MetricInfo kRequests{"recant_http_request_duration_seconds",
                                      MetricInfo::Kind::histogram,
                                      "Time from a request's last byte to its answer's.",
                                      {"route", "code"}};
inline constexpr MetricInfo kChecks{"recant_checks_total",
                                    MetricInfo::Kind::counter,
                                    "Checks of access tokens, by verdict.",
                                    {"verdict", "reason", "source"}};
inline constexpr MetricInfo kRevocations{
    "recant_revocations_total", MetricInfo::Kind::counter, "Revocations, by kind.", {"kind"}};
inline constexpr MetricInfo kRefreshes{
    "recant_refresh_total", MetricInfo::Kind::counter, "Refreshes, by outcome.", {"outcome"}};
inline constexpr MetricInfo kSessionsOpened{"recant_sessions_opened_total",
                                            MetricInfo::Kind::counter, "Sessions opened."};
inline constexpr MetricInfo kRedisUp{"recant_redis_up", MetricInfo::Kind::gauge,
                                     "1 while every thread is connected to Redis, else 0."};
inline constexpr MetricInfo kClockOffset{
    "recant_clock_offset_seconds", MetricInfo::Kind::gauge,
    "How far the clock of Redis is ahead of this server's; absent while Redis does not answer."};
inline constexpr MetricInfo kLeaseAge{
    "recant_lease_age_seconds", MetricInfo::Kind::gauge,
    "How long ago Redis was last asked and answered that all is told; verdicts are given from "
    "memory while this is less than verify.max_staleness. Absent before the first time."};
inline constexpr MetricInfo kLogLinesDropped{
    "recant_log_lines_dropped_total", MetricInfo::Kind::counter,
    "Log lines that gave way, since whoever reads the log was too slow."};
inline constexpr MetricInfo kBuildInfo{
    "recant_build_info", MetricInfo::Kind::gauge, "1, and what was built.", {"version"}};
// Of the process, named as Prometheus' own client libraries name them.
inline constexpr MetricInfo kCpuSeconds{"process_cpu_seconds_total", MetricInfo::Kind::counter,
                                        "Processor time used, of users and system together."};
inline constexpr MetricInfo kResidentMemory{"process_resident_memory_bytes",
                                            MetricInfo::Kind::gauge, "Memory in use."};
inline constexpr MetricInfo kStartTime{"process_start_time_seconds", MetricInfo::Kind::gauge,
                                       "When this server started, as Unix time."};

}  // namespace metric

inline constexpr std::array kMetrics = {
    metric::kRequests,        metric::kChecks,    metric::kRevocations, metric::kRefreshes,
    metric::kSessionsOpened,  metric::kRedisUp,   metric::kClockOffset, metric::kLeaseAge,
    metric::kLogLinesDropped, metric::kBuildInfo, metric::kCpuSeconds,  metric::kResidentMemory,
    metric::kStartTime};

}  // namespace recant::app
