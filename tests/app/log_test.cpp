#include "app/log.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/json.hpp"
#include "testing/manual_clock.hpp"

namespace recant::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const UnixMillis kAt = unix_millis(1'700'000'000'007);

std::string json_line(std::string_view text, std::initializer_list<LogField> fields = {}) {
  return to_json_line({kAt, LogLevel::info, "message", text, {fields.begin(), fields.size()}});
}
std::string text_line(std::string_view text, std::initializer_list<LogField> fields = {},
                      bool colour = false) {
  return to_text_line({kAt, LogLevel::warn, "message", text, {fields.begin(), fields.size()}},
                      colour);
}

TEST(LogLine, JsonHasOneMemberAField) {
  const auto line = json::parse(
      json_line("said", {{"subject", "ada"}, {"status", 401}, {"seconds", 0.25}, {"session", ""}}));
  ASSERT_TRUE(line);
  EXPECT_EQ(*line, json::Value(json::Object{{"time", "2023-11-14T22:13:20.007Z"},
                                            {"level", "info"},
                                            {"message", "said"},
                                            {"subject", "ada"},
                                            {"status", 401},
                                            {"seconds", 0.25}}));
}

TEST(LogLine, TextIsForPeople) {
  EXPECT_EQ(text_line("said", {{"subject", "ada"}, {"detail", "two words"}, {"status", 401}}),
            "2023-11-14T22:13:20.007Z warn  said subject=ada detail=\"two words\" status=401");
}

TEST(LogLine, ColourIsOnlyThereWhenAskedFor) {
  EXPECT_THAT(text_line("said", {}, true), HasSubstr("\x1b[33mwarn \x1b[0m said"));
  EXPECT_THAT(text_line("said"), Not(HasSubstr("\x1b")));
}

// ASVS 16.4.1: what strangers call themselves can neither begin a line nor a field.
TEST(LogLine, J49_NoNameForgesALineOrAField) {
  for (const char* name : {"ada\r\n2023 info  login.ok subject=root", "ada\x1b[2J", "a\"b", "a b=c",
                           "a\xc2\x85z", "a\xff\n", "a\xe2\x80\xa8z", "a\xe2\x80\xa9z", "a\x7fz",
                           "a\xc2\x9b"
                           "2J",
                           "a\xe2\x80\xaez", "a\xf3\xa0\x80\x81z"}) {
    const std::string json = json_line("login.failed", {{"subject", name}});
    EXPECT_EQ(json.find_first_of("\r\n"), std::string::npos);
    for (const char* raw : {"\xe2\x80", "\xc2", "\x7f", "\xf3\xa0"}) {
      EXPECT_EQ(json.find(raw), std::string::npos) << json;
    }
    EXPECT_EQ(json::parse(json)->find("subject")->as_string()->find('a'), 0u);
    const std::string text = text_line("login.failed", {{"subject", name}});
    EXPECT_EQ(text.find_first_of("\r\n\x1b"), std::string::npos) << text;
    for (const char* raw : {"\xe2\x80", "\xc2", "\x7f", "\xf3\xa0"}) {
      EXPECT_EQ(text.find(raw), std::string::npos) << text;
    }
    EXPECT_THAT(text, HasSubstr(" subject=\"a"));
  }
  EXPECT_EQ(text_line("a\nb").find('\n'), std::string::npos);
  // A quotation mark of theirs does not end ours, whatever stands before it.
  EXPECT_THAT(text_line("x", {{"subject", R"(a" actor=b)"}}),
              ::testing::EndsWith(R"( subject="a\" actor=b")"));
  EXPECT_THAT(text_line("x", {{"subject", R"(a\" actor=b)"}}),
              ::testing::EndsWith(R"( subject="a\\\" actor=b")"));
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto size = text.find('\n') + 1;
    EXPECT_NE(size, 0u) << "half a line: " << text;
    lines.emplace_back(text.substr(0, size == 0 ? text.size() : size));
    text.remove_prefix(lines.back().size());
  }
  return lines;
}

// What readers of JSON get is what was said, and what is fit to be seen is left as it is.
TEST(LogLine, AnEscapeIsTheSameText) {
  for (const char* name : {"a\x7fz", "a\xc2\x9bz", "a\xe2\x80\xaez", "a\xf3\xa0\x80\x81z"}) {
    EXPECT_EQ(*json::parse(json_line("x", {{"subject", name}}))->string("subject"), name);
  }
  EXPECT_THAT(json_line("x", {{"subject", "a\xf3\xa0\x80\x81z"}}), HasSubstr(R"(a\udb40\udc01z)"));
  for (const char* name : {"Zoë", "日本語", "😀"}) {
    EXPECT_THAT(json_line("x", {{"subject", name}}), HasSubstr(name));
    EXPECT_THAT(text_line("x", {{"subject", name}}), HasSubstr(name));
  }
}

class LogTest : public ::testing::Test {
 protected:
  LogOptions options(LogLevel level = LogLevel::info) {
    LogOptions options;
    options.level = level;
    options.output = [this](std::string_view text) { take(text); };
    return options;
  }

  void take(std::string_view text) {
    for (std::string& line : split_lines(text)) lines_.push_back(std::move(line));
  }

  recant::testing::ManualClock clock_{kAt};
  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOutWhatIsQueuedWhenItGoes) {
  {
    Log log(options(), clock_);
    for (int i = 0; i < 1000; ++i) log.write(LogLevel::info, std::to_string(i));
  }
  ASSERT_EQ(lines_.size(), 1000u);
  EXPECT_THAT(lines_[0], AllOf(HasSubstr("\"message\":\"0\""), HasSubstr("}\n")));
  EXPECT_THAT(lines_[999], HasSubstr("\"999\""));
}

TEST_F(LogTest, LeavesOutWhatIsNotImportantEnough) {
  {
    Log log(options(LogLevel::warn), clock_);
    log.write(LogLevel::info, "no");
    log.write(LogLevel::warn, "yes");
  }
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0], HasSubstr("yes"));
}

// Contract §5: an auditor finds each of them, however quiet the log is otherwise.
TEST_F(LogTest, NoLevelSilencesASecurityEvent) {
  {
    Log log(options(LogLevel::error), clock_);
    for (const service::Event event : service::kEvents) log.record(event, {}, {});
    log.administered({}, {"GET", "/v1/admin/users", 200});
  }
  ASSERT_EQ(lines_.size(), service::kEvents.size() + 1);
  for (std::size_t i = 0; i < service::kEvents.size(); ++i) {
    EXPECT_THAT(lines_[i],
                HasSubstr("\"" + std::string(service::name_of(service::kEvents[i])) + "\""));
  }
  EXPECT_THAT(lines_.back(), HasSubstr("an administrator called"));
}

TEST_F(LogTest, AnEventSaysWhoFromWhereAndInWhichRequest) {
  {
    Log log(options(), clock_);
    log.record(service::Event::session_revoked, {"req-1", "192.0.2.7", "curl"},
               {.subject = "ada", .session = "sid-1", .actor = "first", .detail = "admin"});
  }
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(*json::parse(lines_[0].substr(0, lines_[0].size() - 1)),
            json::Value(json::Object{{"time", "2023-11-14T22:13:20.007Z"},
                                     {"level", "info"},
                                     {"event", "session.revoked"},
                                     {"request_id", "req-1"},
                                     {"subject", "ada"},
                                     {"session", "sid-1"},
                                     {"actor", "first"},
                                     {"detail", "admin"},
                                     {"address", "192.0.2.7"},
                                     {"user_agent", "curl"}}));
}

// The name of the admin key stands in the line of every admin act (contract §2).
TEST_F(LogTest, AnEventNamesTheAdminKeyThatTheCallerHolds) {
  {
    Log log(options(), clock_);
    service::Caller caller{"req-1", "192.0.2.7", "curl"};
    caller.actor = "deploy";
    log.record(service::Event::user_disabled, caller, {.subject = "ada"});
  }
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0], HasSubstr(R"("actor":"deploy")"));
}

// Whoever reads the log may stop reading: nobody who writes waits for that.
TEST_F(LogTest, AWriterNeverWaitsForAReader) {
  std::mutex mutex;
  std::condition_variable condition;
  bool stuck = false;
  bool reading = false;
  LogOptions options;
  options.queue = 4;
  options.output = [&](std::string_view text) {
    std::unique_lock lock(mutex);
    stuck = true;
    condition.notify_all();
    condition.wait(lock, [&] { return reading; });
    take(text);
  };
  {
    Log log(options, clock_);
    log.write(LogLevel::info, "the one that it is stuck with");
    {
      std::unique_lock lock(mutex);
      condition.wait(lock, [&] { return stuck; });
    }
    for (int i = 0; i < 100; ++i) log.write(LogLevel::info, std::to_string(i));
    EXPECT_EQ(log.dropped(), 96u);
    const std::lock_guard lock(mutex);
    reading = true;
    condition.notify_all();
  }
  // The first and four of the queue, of which the order to flush may have taken one's place.
  ASSERT_THAT(lines_.size(), ::testing::AnyOf(4u, 5u));
  EXPECT_THAT(lines_.back(), HasSubstr("\"99\""));
}

// Nor does the end of the program: with a full queue even ending the log's thread would wait.
TEST_F(LogTest, AnEndDoesNotWaitForAReaderWhoStandsStill) {
  struct Reader {
    std::mutex mutex;
    std::condition_variable condition;
    bool reading = false;
    bool ended = false;
  };
  const auto reader = std::make_shared<Reader>();
  LogOptions stuck;
  stuck.queue = 4;
  stuck.output = [reader](std::string_view) {
    std::unique_lock lock(reader->mutex);
    reader->condition.wait(lock, [&] { return reader->reading; });
  };
  bool ended_first = false;
  std::thread late([&] {
    std::unique_lock lock(reader->mutex);
    ended_first =
        reader->condition.wait_for(lock, std::chrono::seconds(30), [&] { return reader->ended; });
    reader->reading = true;
    reader->condition.notify_all();
  });
  {
    Log log(stuck, clock_);
    for (int i = 0; i < 100; ++i) log.write(LogLevel::info, std::to_string(i));
  }
  {
    const std::lock_guard lock(reader->mutex);
    reader->ended = true;
    reader->condition.notify_all();
  }
  late.join();
  EXPECT_TRUE(ended_first);
}

// A write a line, and a thread woken for each, cost more than the line.
TEST_F(LogTest, LinesThatWaitAreWrittenTogether) {
  std::mutex mutex;
  std::condition_variable condition;
  int writes = 0;
  bool all_queued = false;
  LogOptions slow;
  slow.output = [&](std::string_view text) {
    std::unique_lock lock(mutex);
    ++writes;
    condition.notify_all();
    condition.wait(lock, [&] { return all_queued; });
    take(text);
  };
  {
    Log log(slow, clock_);
    log.write(LogLevel::info, "first");
    std::unique_lock lock(mutex);
    condition.wait(lock, [&] { return writes == 1; });
    for (int i = 0; i < 100; ++i) log.write(LogLevel::info, std::to_string(i));
    all_queued = true;
    condition.notify_all();
  }
  EXPECT_EQ(lines_.size(), 101u);
  EXPECT_EQ(writes, 2);
}

TEST_F(LogTest, ManyThreadsWriteWholeLines) {
  {
    LogOptions roomy = options();
    Log log(roomy, clock_);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log] {
        for (int i = 0; i < 500; ++i) log.write(LogLevel::info, std::string(100, 'x'));
      });
    }
    for (auto& thread : threads) thread.join();
  }
  ASSERT_EQ(lines_.size(), 2000u);
  for (const std::string& line : lines_) ASSERT_EQ(line, lines_.front());
}

TEST(LogOptions, TextIsForTerminalsUnlessSaidOtherwise) {
  EXPECT_FALSE(make_log_options("info", "auto", true).json);
  EXPECT_TRUE(make_log_options("info", "auto", false).json);
  EXPECT_TRUE(make_log_options("info", "json", true).json);
  EXPECT_FALSE(make_log_options("info", "text", false).json);
  EXPECT_FALSE(make_log_options("info", "text", false).colour);
  EXPECT_EQ(make_log_options("debug", "auto", true).level, LogLevel::debug);
  EXPECT_EQ(make_log_options("error", "auto", true).level, LogLevel::error);
}

}  // namespace
}  // namespace recant::app
