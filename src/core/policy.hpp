// What all servers and verifiers on one Redis agree on, as `recant:policy` says it there. A
// verifier may be stricter than the policy and is never laxer
// (docs/adr/0011-one-policy-a-redis.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

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
  /// Of a blacklist that followed a whitelist: the second of that change. What was issued until
  /// then still has to stand on the whitelist, since others may have signed it out by that alone.
  std::optional<UnixSeconds> whitelisted_until{};

  /// Does a token need its place on the whitelist? One that does not say when it was issued does
  /// if any does.
  bool wants_place(std::optional<UnixSeconds> issued_at) const;

  /// `v=1 strategy=<name>`, and ` whitelisted_until=<Unix seconds>` where it applies. Words
  /// separated by one space each, the version first.
  std::string text() const;
  /// Nothing for a version that is not known here, or without a strategy. Further words are for
  /// those who know them: whatever would make a version 1 reader too lax gets another version.
  static std::optional<Policy> parse(std::string_view text);

  bool operator==(const Policy&) const = default;
};

/// Refuses all that either of the two refuses.
Policy stricter(const Policy& a, const Policy& b);

}  // namespace recant::core
