// Percent-encoding (RFC 3986 §2.1), with capital digits. Thread-safe.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace recant {

/// Each byte for which `is_plain` is false as %XX. Leave '%' out of the plain ones, or two texts
/// may come out the same.
template <class IsPlain>
std::string percent_encode(std::string_view text, IsPlain is_plain) {
  const auto is_plain_char = [&](char c) { return is_plain(static_cast<unsigned char>(c)); };
  if (std::ranges::all_of(text, is_plain_char)) return std::string(text);
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_plain_char(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0x0f];
  }
  return out;
}

}  // namespace recant
