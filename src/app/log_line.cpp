#include "app/log_line.hpp"

#include <algorithm>

#include "app/quoting.hpp"
#include "base/json.hpp"
#include "base/timestamp.hpp"
#include "core/utf8.hpp"

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

bool is_visible_ascii(char c) { return c >= ' ' && c < 0x7f; }

void append_escaped(std::string& out, std::uint32_t code) {
  constexpr std::uint32_t kFirstOfTwo = 0x10000;
  if (code >= kFirstOfTwo) {  // RFC 8259 §7: as a surrogate pair
    append_escaped(out, 0xd800 + ((code - kFirstOfTwo) >> 10));
    append_escaped(out, 0xdc00 + ((code - kFirstOfTwo) & 0x3ff));
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(code >> shift) & 15];
}

/// JSON leaves DEL, C1 controls, U+2028, U+2029 and marks that turn the direction of text as they
/// are. Some readers of logs split lines at them, and terminals obey them.
std::string with_escapes(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  while (!line.empty()) {
    const auto plain =
        static_cast<std::size_t>(std::ranges::find_if_not(line, is_visible_ascii) - line.begin());
    out += line.substr(0, plain);
    line.remove_prefix(plain);
    if (line.empty()) break;
    const core::Character character = core::first_character(line);
    if (character.showable || character.code < 0) {
      out += line.substr(0, character.bytes);
    } else {
      append_escaped(out, static_cast<std::uint32_t>(character.code));
    }
    line.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace

std::string to_json_line(const LogRecord& record) {
  json::Object line{{"time", to_rfc3339(record.at)},
                    {"level", text_of(record.level).json},
                    {std::string(record.kind), record.text}};
  for (const LogField& field : record.fields) {
    if (!is_empty(field)) line.set(std::string(field.name), to_json(field));
  }
  return with_escapes(json::serialize(line));
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
