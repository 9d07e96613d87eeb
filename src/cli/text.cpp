#include "cli/text.hpp"

#include <algorithm>
#include <cstdio>

#include "core/utf8.hpp"

namespace recant::cli {
namespace {

constexpr std::string_view kEllipsis = "…";

std::string escape_of(std::int32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code == '\t') return "\\t";
  char text[16];
  std::snprintf(text, sizeof text, code < 0x100 ? "\\x%02x" : "\\u%04x",
                static_cast<unsigned>(code));
  return text;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const core::Character character = core::first_character(text);
    if (character.code < 0) {
      out += escape_of(static_cast<unsigned char>(text.front()));
    } else if (character.showable) {
      out += text.substr(0, character.bytes);
    } else {
      out += escape_of(character.code);
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const core::Character character = core::first_character(text);
    width += character.columns;
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string cut(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out;
  std::size_t used = 1;  // the ellipsis
  while (!text.empty()) {
    const core::Character character = core::first_character(text);
    used += character.columns;
    if (used > width) break;
    out += text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return out.append(kEllipsis);
}

std::string fitted(std::string_view text, std::size_t width) {
  std::string out = cut(text, width);
  out.append(width - std::min(width, width_of(out)), ' ');
  return out;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return grouped(number).append(" ").append(number == 1 ? one : many);
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  const std::string margin(indent, ' ');
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto end = text.find_first_of(" \n");
    const std::string_view word = text.substr(0, end);
    const bool first = column == 0;
    if (!first && column + 1 + width_of(word) > width) {
      out += '\n';
      column = 0;
    }
    out += column == 0 ? margin : " ";
    column = (column == 0 ? indent : column + 1) + width_of(word);
    out += word;
    if (end == std::string_view::npos) break;
    if (text[end] == '\n') {
      out += '\n';
      column = 0;
    }
    text.remove_prefix(end + 1);
  }
  return out + "\n";
}

}  // namespace recant::cli
