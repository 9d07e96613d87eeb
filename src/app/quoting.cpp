#include "app/quoting.hpp"

#include "core/utf8.hpp"

namespace recant::app {
namespace {

constexpr std::size_t kLongest = 100;

void append_escaped(std::string& out, unsigned char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

}  // namespace

std::string in_quotes(std::string_view text) {
  const bool cut = text.size() > kLongest;
  if (cut) text = text.substr(0, kLongest);
  // C1 controls are two bytes each; a text with any of them, or that is no UTF-8, goes byte by
  // byte.
  const bool plain = core::is_plain_utf8(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (plain || (byte >= 0x20 && byte < 0x7f)) {
      out += c;
    } else {
      append_escaped(out, byte);
    }
  }
  return out + (cut ? "…\"" : "\"");
}

}  // namespace recant::app
