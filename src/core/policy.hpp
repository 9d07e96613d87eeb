// What all servers and verifiers on one Redis agree on, as `recant:policy` says it there. A
// verifier may be stricter than the policy and is never laxer
// (docs/adr/0011-one-policy-a-redis.md, docs/adr/0019-the-policy-says-how-stale.md).
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

/// In which form the keys of a subject's are spelled (docs/adr/0010): who asks under the names of
/// another finds no revocation.
enum class KeyForm {
  plain,
  tagged,
  converting,  // they are being given other names: whoever asks, in either form, may ask in vain
};

std::string_view name_of(KeyForm form);

/// No policy allows a verifier more: what may be stale where nobody knows which policy stood.
constexpr milliseconds kLargestStaleness{10'000};
/// Nor more than this while Redis cannot be reached.
constexpr milliseconds kLongestAllowance{24LL * 60 * 60 * 1000};

/// The bound that counted until it was changed.
struct EarlierStaleness {
  milliseconds bound;
  UnixMillis until;  // of Redis's clock: no lease that was granted by it runs any longer

  bool operator==(const EarlierStaleness&) const = default;
};

struct Policy {
  Strategy strategy = Strategy::blacklist;
  /// Of a blacklist that followed a whitelist: the second of that change. What was issued until
  /// then still has to stand on the whitelist, since others may have signed it out by that alone.
  std::optional<UnixSeconds> whitelisted_until{};
  /// For how long a verdict may be given without hearing from Redis: 1 ms to kLargestStaleness.
  /// Nothing: nobody has said, so no verifier may hold a lease.
  std::optional<milliseconds> max_staleness{};
  /// Leases that were granted by the bound before may still run.
  std::optional<EarlierStaleness> earlier_staleness{};
  /// While Redis cannot be reached, a verdict that is at most so old may be given again, up to
  /// kLongestAllowance; 0 denies.
  milliseconds allow_cached_for{0};
  /// A verifier that spells keys in another form knows nothing, and holds no lease.
  KeyForm keys = KeyForm::plain;

  /// Does a token need its place on the whitelist? One that does not say when it was issued does
  /// if any does.
  bool wants_place(std::optional<UnixSeconds> issued_at) const;

  /// The largest bound by which any verifier may hold a lease at `now` of Redis's clock; 0 where
  /// none may.
  milliseconds largest_lease(UnixMillis now) const;

  /// `v=1 strategy=<name>`, then, where they apply, ` whitelisted_until=<Unix seconds>`,
  /// ` max_staleness=<ms>`, ` staleness_before=<ms>@<Unix ms>`, ` allow_cached_for=<ms>` and
  /// ` keys=<name>`, which plain ones lack. Words separated by one space each, the version first.
  std::string text() const;
  /// Nothing for a version that is not known here, without a strategy, or where a word that is
  /// known says what it cannot. Further words are for those who know them: whatever would make a
  /// version 1 reader too lax gets another version.
  static std::optional<Policy> parse(std::string_view text);

  bool operator==(const Policy&) const = default;
};

/// Refuses all that either of the two refuses. What is remembered of earlier times covers both. Of
/// two that name different forms of keys nobody's is right, as while they are converted.
Policy stricter(const Policy& a, const Policy& b);

/// Do they agree on all that servers have to agree on? What they remember of earlier times is no
/// part of that, nor is the form of the keys: servers are held to it before they look at the
/// policy, which says it for verifiers, and one that an earlier version wrote says nothing of it.
bool agree(const Policy& a, const Policy& b);

}  // namespace recant::core
