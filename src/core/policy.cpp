#include "core/policy.hpp"

namespace recant::core {
namespace {

constexpr std::string_view kVersion = "v=1";
constexpr std::string_view kStrategy = "strategy=";

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
  return std::string(kVersion) + ' ' + std::string(kStrategy) + std::string(name_of(strategy));
}

std::optional<Policy> Policy::parse(std::string_view text) {
  const auto next_word = [&text] {
    const auto end = text.find(' ');
    const auto word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return word;
  };
  if (next_word() != kVersion) return std::nullopt;
  while (!text.empty()) {
    const auto word = next_word();
    if (!word.starts_with(kStrategy)) continue;
    const auto strategy = parse_strategy(word.substr(kStrategy.size()));
    if (!strategy) return std::nullopt;
    return Policy{*strategy};
  }
  return std::nullopt;
}

}  // namespace recant::core
