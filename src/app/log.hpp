// The log: text for a person at a terminal, else JSON, one object a line, on standard error.
// Security events (contract §5) and what administrators did go through it too, and are written
// whatever the level: who turns the chatter down does not mean the audit trail.
//
// Thread-safe, and never waits for whoever reads it: lines are queued for a thread of its own,
// which writes them some milliseconds later at most, and when the queue is full the oldest give
// way. spdlog stays in the .cpp file.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "app/log_line.hpp"
#include "base/clock.hpp"
#include "service/events.hpp"

namespace recant::app {

struct LogOptions {
  LogLevel level = LogLevel::info;
  bool json = true;
  bool colour = false;  // of text
  /// Lines that may wait to be written. At least 1.
  std::size_t queue = 8192;
  /// Where whole lines go, one or many at once, newlines included; called on the log's own thread.
  /// Standard error if empty.
  std::function<void(std::string_view lines)> output{};
};

/// What an auditor looks for first is a warning.
LogLevel level_of(service::Event event);

/// `log.level` and `log.format` as LogOptions.
LogOptions make_log_options(std::string_view level, std::string_view format, bool is_terminal);

class Log final : public service::EventSink {
 public:
  Log(LogOptions options, const Clock& clock);
  /// Writes out what is queued, but waits a second at most: then `output` may still be running, and
  /// must own what it needs.
  ~Log() override;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool takes(LogLevel level) const { return level >= level_; }
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
  void record(service::Event event, const service::Caller& caller,
              const service::EventFields& fields) override;
  void administered(const service::Caller& caller, const service::AdminAct& act) override;

  /// Lines that gave way, so far.
  std::size_t dropped() const;

 private:
  void emit(const LogRecord& record);

  class Writer;
  const LogLevel level_;
  const bool json_;
  const bool colour_;
  const Clock& clock_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace recant::app
