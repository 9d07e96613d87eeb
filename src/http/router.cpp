#include "http/router.hpp"

#include <algorithm>
#include <utility>

namespace recant::http {
namespace {

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The next segment of `rest`, which begins with a slash; takes it off.
std::string_view take_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto end = std::min(rest.find('/'), rest.size());
  const auto segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Router::Router(std::span<const Endpoint> endpoints) {
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto pattern = endpoints[i].pattern;
    Entry entry{endpoints[i], {}, pattern.ends_with("/*"), false, i};
    entry.literal = !entry.open_end && pattern.find('{') == pattern.npos;
    auto rest = entry.endpoint.pattern;
    if (entry.open_end) rest.remove_suffix(2);
    while (!rest.empty()) entry.segments.push_back(take_segment(rest));
    entries_.push_back(std::move(entry));
  }
  const auto literals = [](const Entry& entry) {
    return std::count_if(entry.segments.begin(), entry.segments.end(),
                         [](std::string_view segment) { return !is_parameter(segment); });
  };
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    return std::pair(-literals(a), a.index) < std::pair(-literals(b), b.index);
  });
}

bool Router::fits(const Entry& entry, std::string_view path,
                  std::vector<std::string>& params) const {
  params.clear();
  if (entry.literal) return path == entry.endpoint.pattern;
  auto rest = path;
  for (const auto segment : entry.segments) {
    if (!rest.starts_with('/')) return false;
    const auto given = take_segment(rest);
    if (!is_parameter(segment)) {
      if (given != segment) return false;
      continue;
    }
    if (given.empty() || given == "." || given == "..") return false;
    auto decoded = percent_decode(given);
    if (!decoded) return false;
    params.push_back(std::move(*decoded));
  }
  return entry.open_end ? rest.starts_with('/') : rest.empty();
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match{Match::Kind::not_found, 0, {}, {}};
  for (const auto& entry : entries_) {
    if (!fits(entry, path, match.params)) continue;
    const auto wanted = entry.endpoint.method;
    if (wanted == "*" || wanted == method || (wanted == "GET" && method == "HEAD")) {
      match.kind = Match::Kind::found;
      match.index = entry.index;
      match.allow.clear();
      return match;
    }
    match.kind = Match::Kind::method_not_allowed;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += wanted == "GET" ? "GET, HEAD" : wanted;
  }
  match.params.clear();
  return match;
}

}  // namespace recant::http
