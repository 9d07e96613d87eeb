#include "app/metrics.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace recant::app {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, AddsItsThreadsUp) {
  Metrics metrics("1.2.3");
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
      metrics.scrape(),
      AllOf(HasSubstr("recant_checks_total{verdict=\"valid\",reason=\"\",source=\"redis\"} 2\n"),
            HasSubstr(
                "recant_checks_total{verdict=\"revoked\",reason=\"session\",source=\"redis\"} 1\n"),
            HasSubstr("recant_refresh_total{outcome=\"rotated\"} 1\n"),
            HasSubstr("recant_revocations_total{kind=\"subject\"} 1\n"),
            HasSubstr("recant_sessions_opened_total 2\n"),
            HasSubstr("recant_build_info{version=\"1.2.3\"} 1\n")));
}

TEST(Metrics, RedisIsUpWhenEveryThreadHasIt) {
  Metrics metrics("1");
  ThreadMetrics& one = metrics.add_thread();
  ThreadMetrics& two = metrics.add_thread();
  EXPECT_THAT(metrics.scrape(), HasSubstr("recant_redis_up 0\n"));
  one.redis_is_up(true);
  EXPECT_THAT(metrics.scrape(), HasSubstr("recant_redis_up 0\n"));
  two.redis_is_up(true);
  EXPECT_THAT(metrics.scrape(), HasSubstr("recant_redis_up 1\n"));
  one.redis_is_up(false);
  EXPECT_THAT(metrics.scrape(), HasSubstr("recant_redis_up 0\n"));
}

TEST(Metrics, DurationsFallIntoCumulativeBuckets) {
  Metrics metrics("1");
  ThreadMetrics& one = metrics.add_thread();
  ThreadMetrics& two = metrics.add_thread();
  one.answered("/v1/check", 200, milliseconds(1));  // on a bound: counts within it
  two.answered("/v1/check", 200, milliseconds(30));
  two.answered("/v1/check", 200, std::chrono::seconds(60));
  one.answered("", 404, milliseconds(1));
  const std::string name = "recant_http_request_duration_seconds";
  const std::string labels = "{route=\"/v1/check\",code=\"200\"";
  EXPECT_THAT(metrics.scrape(), AllOf(HasSubstr(name + "_bucket" + labels + ",le=\"0.0005\"} 0\n"),
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
  Metrics metrics("1");
  ThreadMetrics& thread = metrics.add_thread();
  for (int i = 0; i < 10'000; ++i) thread.revoked("kind" + std::to_string(i));
  const std::string text = metrics.scrape();
  EXPECT_THAT(text, AllOf(HasSubstr("{kind=\"kind255\"} 1\n"), Not(HasSubstr("\"kind256\"")),
                          HasSubstr("{kind=\"other\"} 9744\n")));
}

// One writer a thread and a scraper beside them; under TSan.
TEST(Metrics, AreScrapedWhileTheyCount) {
  Metrics metrics("1");
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
  for (int i = 0; i < 20; ++i) metrics.scrape();
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(metrics.scrape(), HasSubstr("reason=\"reason7\",source=\"redis\"} 1200\n"));
}

}  // namespace
}  // namespace recant::app
