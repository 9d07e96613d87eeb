// What all servers and verifiers on one Redis agree on, as `recant:policy` says it there. A
// verifier may be stricter than the policy and is never laxer
// (docs/adr/0011-one-policy-a-redis.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace recant::core {

/// The recipe's two ways.
enum class Strategy {
  blacklist,  // a token is good unless it was taken back
  whitelist,  // and also only while it stands in Redis
};

std::string_view name_of(Strategy strategy);
std::optional<Strategy> parse_strategy(std::string_view name);
/// Refuses all that either of the two refuses.
constexpr Strategy stricter(Strategy a, Strategy b) { return a == Strategy::whitelist ? a : b; }

struct Policy {
  Strategy strategy = Strategy::blacklist;

  /// `v=1 strategy=<name>`. Words separated by one space each, the version first.
  std::string text() const;
  /// Nothing for a version that is not known here, or without a strategy. Further words are for
  /// those who know them: whatever would make a version 1 reader too lax gets another version.
  static std::optional<Policy> parse(std::string_view text);

  bool operator==(const Policy&) const = default;
};

}  // namespace recant::core
