// One line of the log, as text for a person or as JSON for a machine. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"

namespace recant::app {

enum class LogLevel { debug, info, warn, error };

struct LogField {
  std::string_view name;
  /// An empty text is left out.
  std::variant<std::string_view, std::int64_t, double> value;
};

struct LogRecord {
  UnixMillis at;
  LogLevel level;
  /// "message", or "event" for those whose names the contract fixes.
  std::string_view kind;
  std::string_view text;
  std::span<const LogField> fields;
};

/// Whatever stands in a text, the line stays one line and its fields stay its own: names come from
/// strangers.
std::string to_json_line(const LogRecord& record);
std::string to_text_line(const LogRecord& record, bool colour);

}  // namespace recant::app
