#include "app/quoting.hpp"

#include "core/utf8.hpp"

namespace recant::app {
namespace {

void append_escaped(std::string& out, unsigned char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

bool is_showable(std::string_view text) {
  while (!text.empty()) {
    const core::Character character = core::first_character(text);
    if (!character.showable) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

std::string escaped(std::string_view text, std::string_view with_backslash) {
  // A C1 control is two bytes: a text with one, or that is no UTF-8, goes byte by byte. So does one
  // with a separator of lines or a mark that turns the direction of what follows.
  const bool plain = is_showable(text);
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (with_backslash.find(c) != std::string_view::npos) {
      out += '\\';
      out += c;
    } else if (plain || (byte >= 0x20 && byte < 0x7f)) {
      out += c;
    } else {
      append_escaped(out, byte);
    }
  }
  return out;
}

}  // namespace

std::string without_controls(std::string_view text) { return escaped(text, ""); }

std::string in_quotes(std::string_view text, std::size_t longest) {
  return '"' + escaped(text.substr(0, longest), "\"\\") + (text.size() > longest ? "…\"" : "\"");
}

}  // namespace recant::app
