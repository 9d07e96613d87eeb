#include "app/log_line.hpp"

#include <algorithm>
#include <utility>

#include "app/quoting.hpp"
#include "base/json.hpp"
#include "base/timestamp.hpp"

namespace recant::app {
namespace {

struct LevelText {
  std::string_view json;
  std::string_view text;    // of one width
  std::string_view colour;  // ANSI
};
constexpr LevelText kLevels[] = {{"debug", "debug", "\x1b[2m"},
                                 {"info", "info ", "\x1b[32m"},
                                 {"warn", "warn ", "\x1b[33m"},
                                 {"error", "error", "\x1b[31m"}};
constexpr std::string_view kColourOff = "\x1b[0m";

const LevelText& text_of(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

bool is_empty(const LogField& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  return text != nullptr && text->empty();
}

json::Value to_json(const LogField& field) {
  return std::visit([](const auto& value) { return json::Value(value); }, field.value);
}

/// Bare where nothing in it could be taken for something else.
std::string plain_or_quoted(std::string_view text) {
  const bool plain = std::ranges::all_of(
      text, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '='; });
  return plain ? std::string(text) : in_quotes(text, 1024);
}

std::string to_text(const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) return plain_or_quoted(*text);
  return json::serialize(to_json(field));
}

/// JSON leaves U+2028 and U+2029 as they are; some readers of logs split lines at them.
std::string without_separators(std::string line) {
  for (const auto& [raw, escaped] :
       {std::pair("\xe2\x80\xa8", "\\u2028"), std::pair("\xe2\x80\xa9", "\\u2029")}) {
    for (auto at = line.find(raw); at != std::string::npos; at = line.find(raw, at)) {
      line.replace(at, 3, escaped);
    }
  }
  return line;
}

}  // namespace

std::string to_json_line(const LogRecord& record) {
  json::Object line{{"time", to_rfc3339(record.at)},
                    {"level", text_of(record.level).json},
                    {std::string(record.kind), record.text}};
  for (const LogField& field : record.fields) {
    if (!is_empty(field)) line.set(std::string(field.name), to_json(field));
  }
  return without_separators(json::serialize(line));
}

std::string to_text_line(const LogRecord& record, bool colour) {
  const LevelText& level = text_of(record.level);
  std::string line = to_rfc3339(record.at) + " ";
  if (colour) line += level.colour;
  line += level.text;
  if (colour) line += kColourOff;
  line += ' ';
  line += without_controls(record.text);
  for (const LogField& field : record.fields) {
    if (is_empty(field)) continue;
    line += ' ';
    line += field.name;
    line += '=';
    line += to_text(field);
  }
  return line;
}

}  // namespace recant::app
