#include "app/metrics.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace recant::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const UnixMillis kStart = unix_millis(1'700'000'000'500);

TEST(Metrics, AddsItsThreadsUp) {
  Metrics metrics("1.2.3", kStart);
  ThreadMetrics& one = metrics.add_thread();
  ThreadMetrics& two = metrics.add_thread();
  one.checked("valid", "", "redis");
  two.checked("valid", "", "redis");
  two.checked("revoked", "session", "redis");
  one.refreshed("rotated");
  two.revoked("subject");
  one.session_opened();
  two.session_opened();
  EXPECT_THAT(
      metrics.scrape({}),
      AllOf(HasSubstr("recant_checks_total{verdict=\"valid\",reason=\"\",source=\"redis\"} 2\n"),
            HasSubstr(
                "recant_checks_total{verdict=\"revoked\",reason=\"session\",source=\"redis\"} 1\n"),
            HasSubstr("recant_refresh_total{outcome=\"rotated\"} 1\n"),
            HasSubstr("recant_revocations_total{kind=\"subject\"} 1\n"),
            HasSubstr("recant_sessions_opened_total 2\n"),
            HasSubstr("recant_build_info{version=\"1.2.3\"} 1\n")));
}

TEST(Metrics, RedisIsUpWhenEveryThreadHasIt) {
  Metrics metrics("1", kStart);
  ThreadMetrics& one = metrics.add_thread();
  ThreadMetrics& two = metrics.add_thread();
  EXPECT_THAT(metrics.scrape({}), HasSubstr("recant_redis_up 0\n"));
  one.redis_is_up(true);
  EXPECT_THAT(metrics.scrape({}), HasSubstr("recant_redis_up 0\n"));
  two.redis_is_up(true);
  EXPECT_THAT(metrics.scrape({}), HasSubstr("recant_redis_up 1\n"));
  one.redis_is_up(false);
  EXPECT_THAT(metrics.scrape({}), HasSubstr("recant_redis_up 0\n"));
}

TEST(Metrics, DurationsFallIntoCumulativeBuckets) {
  Metrics metrics("1", kStart);
  ThreadMetrics& one = metrics.add_thread();
  ThreadMetrics& two = metrics.add_thread();
  one.answered("/v1/check", 200, milliseconds(1));  // on a bound: counts within it
  two.answered("/v1/check", 200, milliseconds(30));
  two.answered("/v1/check", 200, std::chrono::seconds(60));
  one.answered("", 404, milliseconds(1));
  const std::string name = "recant_http_request_duration_seconds";
  const std::string labels = "{route=\"/v1/check\",code=\"200\"";
  EXPECT_THAT(metrics.scrape({}),
              AllOf(HasSubstr(name + "_bucket" + labels + ",le=\"0.0005\"} 0\n"),
                    HasSubstr(name + "_bucket" + labels + ",le=\"0.001\"} 1\n"),
                    HasSubstr(name + "_bucket" + labels + ",le=\"0.025\"} 1\n"),
                    HasSubstr(name + "_bucket" + labels + ",le=\"0.05\"} 2\n"),
                    HasSubstr(name + "_bucket" + labels + ",le=\"10\"} 2\n"),
                    HasSubstr(name + "_bucket" + labels + ",le=\"+Inf\"} 3\n"),
                    HasSubstr(name + "_count" + labels + "} 3\n"),
                    HasSubstr(name + "_sum" + labels + "} 60.031\n"),
                    HasSubstr("{route=\"none\",code=\"404\"")));
}

TEST(Metrics, StrangersCannotFillMemoryWithNames) {
  Metrics metrics("1", kStart);
  ThreadMetrics& thread = metrics.add_thread();
  for (int i = 0; i < 10'000; ++i) thread.revoked("kind" + std::to_string(i));
  const std::string text = metrics.scrape({});
  EXPECT_THAT(text, AllOf(HasSubstr("{kind=\"kind255\"} 1\n"), Not(HasSubstr("\"kind256\"")),
                          HasSubstr("{kind=\"other\"} 9744\n")));
}

// An alert on "more than before" needs a before.
TEST(Metrics, WhatCanBeKnownBeforehandIsThereFromTheStart) {
  Metrics metrics("1", kStart);
  metrics.add_thread();
  EXPECT_THAT(metrics.scrape({}),
              AllOf(HasSubstr("recant_refresh_total{outcome=\"reused\"} 0\n"),
                    HasSubstr("recant_revocations_total{kind=\"all\"} 0\n"),
                    HasSubstr("recant_sessions_opened_total 0\n"),
                    HasSubstr("recant_log_lines_dropped_total 0\n"),
                    HasSubstr("recant_checks_total{verdict=\"unavailable\",reason=\"redis\","
                              "source=\"redis\"} 0\n")));
}

TEST(Metrics, TellWhatWasLookedAtWhenTheyAreScraped) {
  Metrics metrics("1", kStart);
  EXPECT_THAT(metrics.scrape({}), Not(HasSubstr("\nrecant_clock_offset_seconds ")));
  Observed observed;
  observed.clock_offset = milliseconds(-250);
  observed.log_lines_dropped = 7;
  observed.process = {1.5, 4096};
  EXPECT_THAT(metrics.scrape(observed),
              AllOf(HasSubstr("\nrecant_clock_offset_seconds -0.25\n"),
                    HasSubstr("\nrecant_log_lines_dropped_total 7\n"),
                    HasSubstr("\nprocess_cpu_seconds_total 1.5\n"),
                    HasSubstr("\nprocess_resident_memory_bytes 4096\n"),
                    HasSubstr("\nprocess_start_time_seconds 1700000000.5\n")));
}

TEST(ProcessUsage, IsThatOfThisProcess) {
  std::vector<char> memory(64 << 20, 'x');
  const ProcessUsage usage = process_usage();
  EXPECT_GE(usage.resident_bytes, memory.size());
  EXPECT_GT(usage.cpu_seconds, 0);
}

// Whoever counts must not wait for whoever scrapes: here the scraper holds on to what it reads for
// as long as the writer counts.
TEST(Series, AWriterDoesNotWaitForAReader) {
  SeriesOf<Counter, 1> series;
  series.of({"a"}).add(1);
  std::thread writer;
  series.for_each([&](const auto&, const Counter& counter) {
    writer = std::thread([&series] {
      for (int i = 0; i < 1000; ++i) series.of({"a"}).add(1);
    });
    // The bound is for a writer that does wait.
    const auto end = std::chrono::steady_clock::now() + seconds(20);
    while (counter.value() < 1001 && std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    EXPECT_EQ(counter.value(), 1001u);
  });
  writer.join();
}

// One writer a thread and a scraper beside them; under TSan.
TEST(Metrics, AreScrapedWhileTheyCount) {
  Metrics metrics("1", kStart);
  constexpr int kEach = 20'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&thread = metrics.add_thread()] {
      for (int i = 0; i < kEach; ++i) {
        thread.checked("valid", "reason" + std::to_string(i % 50), "redis");
        thread.answered("/r" + std::to_string(i % 50), 200, milliseconds(1));
      }
    });
  }
  for (int i = 0; i < 20; ++i) metrics.scrape({});
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(metrics.scrape({}), HasSubstr("reason=\"reason7\",source=\"redis\"} 1200\n"));
}

}  // namespace
}  // namespace recant::app
