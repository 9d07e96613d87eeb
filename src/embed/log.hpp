// The embedding program's log, of which it may have none and which may throw. Thread-safe as far as
// what it calls is; we call it on one thread.
#pragma once

#include <functional>
#include <recant/verifier.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace recant::embed {

class Log {
 public:
  using Sink = std::function<void(LogLevel, std::string_view)>;
  explicit Log(Sink sink = {}) : sink_(std::move(sink)) {}

  void info(const std::string& line) const { tell(LogLevel::info, line); }
  void warning(const std::string& line) const { tell(LogLevel::warning, line); }
  void error(const std::string& line) const { tell(LogLevel::error, line); }

 private:
  void tell(LogLevel level, std::string line) const noexcept {
    if (!sink_) return;
    for (char& c : line) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    try {
      sink_(level, line);
    } catch (...) {  // NOLINT(bugprone-empty-catch): a log that fails must not end checks
    }
  }

  Sink sink_;
};

}  // namespace recant::embed
