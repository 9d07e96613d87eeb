#include "app/key_file_name.hpp"

#include <algorithm>
#include <charconv>

namespace recant::app {
namespace {

constexpr std::string_view kSigning = "signing-";
constexpr std::string_view kRefresh = "refresh-";
constexpr std::string_view kPem = ".pem";
constexpr std::string_view kSecret = ".secret";

/// Takes what stands before the next '-' off `text`. Ids are base64url and may hold a '-', so they
/// stand last.
std::optional<std::string_view> take_part(std::string_view& text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, dash);
  text.remove_prefix(dash + 1);
  return part;
}

std::optional<UnixMillis> parse_time(std::string_view text) {
  std::int64_t millis = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, millis);
  if (error != std::errc{} || rest != end || millis < 0) return std::nullopt;
  return unix_millis(millis);
}

bool is_id(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::string_view ending_of(const KeyFileName& name) {
  return name.kind == KeyFileName::Kind::signing && !name.algorithm.starts_with("HS") ? kPem
                                                                                      : kSecret;
}

}  // namespace

std::optional<KeyFileName> parse_key_file_name(std::string_view name) {
  KeyFileName parsed{KeyFileName::Kind::signing, {}, {}, {}};
  std::string_view rest = name;
  if (rest.starts_with(kSigning)) {
    rest.remove_prefix(kSigning.size());
  } else if (rest.starts_with(kRefresh)) {
    parsed.kind = KeyFileName::Kind::refresh;
    rest.remove_prefix(kRefresh.size());
  } else {
    return std::nullopt;
  }
  const auto time_text = take_part(rest);
  const auto created = time_text ? parse_time(*time_text) : std::nullopt;
  if (!created) return std::nullopt;
  parsed.created = *created;
  if (parsed.kind == KeyFileName::Kind::signing) {
    const auto algorithm = take_part(rest);
    if (!algorithm) return std::nullopt;
    parsed.algorithm = *algorithm;
  }
  if (!rest.ends_with(ending_of(parsed))) return std::nullopt;
  rest.remove_suffix(ending_of(parsed).size());
  if (!is_id(rest)) return std::nullopt;
  parsed.id = rest;
  return parsed;
}

std::string to_file_name(const KeyFileName& name) {
  const bool signing = name.kind == KeyFileName::Kind::signing;
  return std::string(signing ? kSigning : kRefresh) + std::to_string(count(name.created)) + "-" +
         (signing ? name.algorithm + "-" : "") + name.id + std::string(ending_of(name));
}

}  // namespace recant::app
