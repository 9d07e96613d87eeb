#include "core/policy.hpp"

#include <algorithm>
#include <charconv>

namespace recant::core {
namespace {

constexpr std::string_view kVersion = "v=1";
constexpr std::string_view kStrategy = "strategy=";
constexpr std::string_view kWhitelistedUntil = "whitelisted_until=";

/// Unix seconds in decimal, no sign and nothing around them; up to the year 33658.
std::optional<UnixSeconds> parse_seconds(std::string_view digits) {
  constexpr std::size_t kDigits = 12;
  std::int64_t count = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, count);
  const bool is_number = error == std::errc() && end == last && digits.front() != '-';
  if (!is_number || digits.size() > kDigits) return std::nullopt;
  return UnixSeconds{seconds{count}};
}

}  // namespace

std::string_view name_of(Strategy strategy) {
  return strategy == Strategy::whitelist ? "whitelist" : "blacklist";
}

std::optional<Strategy> parse_strategy(std::string_view name) {
  for (const Strategy strategy : {Strategy::blacklist, Strategy::whitelist}) {
    if (name == name_of(strategy)) return strategy;
  }
  return std::nullopt;
}

std::string Policy::text() const {
  auto words =
      std::string(kVersion) + ' ' + std::string(kStrategy) + std::string(name_of(strategy));
  if (strategy == Strategy::blacklist && whitelisted_until) {
    words += ' ' + std::string(kWhitelistedUntil) + std::to_string(count(*whitelisted_until));
  }
  return words;
}

bool Policy::wants_place(std::optional<UnixSeconds> issued_at) const {
  if (strategy == Strategy::whitelist) return true;
  return whitelisted_until && (!issued_at || *issued_at <= *whitelisted_until);
}

Policy stricter(const Policy& a, const Policy& b) {
  return {stricter(a.strategy, b.strategy), std::max(a.whitelisted_until, b.whitelisted_until)};
}

std::optional<Policy> Policy::parse(std::string_view text) {
  const auto next_word = [&text] {
    const auto end = text.find(' ');
    const auto word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return word;
  };
  if (next_word() != kVersion) return std::nullopt;
  std::optional<Strategy> strategy;
  Policy policy;
  while (!text.empty()) {
    const auto word = next_word();
    if (word.starts_with(kStrategy) && !strategy) {
      strategy = parse_strategy(word.substr(kStrategy.size()));
      if (!strategy) return std::nullopt;
      policy.strategy = *strategy;
    } else if (word.starts_with(kWhitelistedUntil)) {
      policy.whitelisted_until = parse_seconds(word.substr(kWhitelistedUntil.size()));
      if (!policy.whitelisted_until) return std::nullopt;
    }
  }
  if (!strategy) return std::nullopt;
  return policy;
}

}  // namespace recant::core
