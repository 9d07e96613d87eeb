#include "demo/text_layout.hpp"

#include <algorithm>
#include <regex>

namespace recant::demo {
namespace {

/// Whatever matches, by its first `head` and last four characters.
std::string by_its_ends(const std::string& text, const std::regex& pattern, std::size_t head) {
  constexpr std::size_t kTail = 4;
  std::string out;
  auto rest = text.begin();
  for (std::sregex_iterator found(text.begin(), text.end(), pattern), end; found != end; ++found) {
    const std::string word = found->str();
    out.append(rest, text.begin() + found->position());
    out += word.substr(0, head) + "…" + word.substr(word.size() - kTail);
    rest = text.begin() + found->position() + found->length();
  }
  return out.append(rest, text.end());
}

}  // namespace

std::size_t columns(std::string_view text) {
  constexpr unsigned char kContinuationMask = 0xc0;
  constexpr unsigned char kContinuation = 0x80;
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](unsigned char byte) { return (byte & kContinuationMask) != kContinuation; }));
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t used = columns(text);
  return std::string(text) + std::string(width > used ? width - used : 0, ' ');
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t hanging) {
  std::string out(indent, ' ');
  std::size_t column = indent;
  bool first = true;
  while (!text.empty()) {
    const auto end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    if (!first && column + 1 + columns(word) > kWidth) {
      out += '\n' + std::string(indent + hanging, ' ');
      column = indent + hanging;
      first = true;
    }
    if (!first) out += ' ';
    out += word;
    column += columns(word) + (first ? 0 : 1);
    first = false;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out + "\n";
}

std::string without_tokens(const std::string& text) {
  static const std::regex kJwt(R"(eyJ[\w-]+\.[\w-]+\.[\w-]+)");
  static const std::regex kRefreshToken(R"(rt_[\w-]{20,})");
  constexpr std::size_t kJwtHead = 12;
  constexpr std::size_t kRefreshHead = 7;
  return by_its_ends(by_its_ends(text, kJwt, kJwtHead), kRefreshToken, kRefreshHead);
}

std::string shortened(const std::string& text) {
  static const std::regex kUuid(R"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})");
  static const std::regex kDigest(R"([\w-]{43})");
  constexpr std::size_t kHead = 4;
  return by_its_ends(by_its_ends(without_tokens(text), kUuid, kHead), kDigest, kHead);
}

}  // namespace recant::demo
