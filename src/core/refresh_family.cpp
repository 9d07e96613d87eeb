#include "core/refresh_family.hpp"

#include <algorithm>

namespace recant::core {
namespace {

bool is_over(const RefreshFamily& family, UnixMillis now) { return now >= family.end; }

bool is_revoked(const RefreshFamily& family, const RevocationState& state, UnixMillis now) {
  const auto covered = [&](const std::optional<Watermark>& watermark) {
    return watermark && watermark->covers(family.begun);
  };
  // Whatever the strategy is by now: whoever took it away signed its holder out.
  const auto taken_back = [](const AccessGrant& grant) {
    return grant.revoked || grant.whitelisting == Whitelisting::gone;
  };
  const bool token_revoked = std::any_of(
      family.access.begin(), family.access.end(),
      [&](const auto& entry) { return entry.second.expires_at > now && taken_back(entry.second); });
  return covered(state.subject) || covered(state.everybody) || state.session_blacklisted ||
         token_revoked || !state.refresh_key_present;
}

/// How long until a place is free among the live access tokens and the remembered generations.
std::optional<seconds> throttled_for(const RefreshFamily& family, UnixMillis now,
                                     const SessionLifetimes& lifetimes) {
  std::size_t live = 0;
  UnixMillis first_end = UnixMillis::max();
  for (const auto& [generation, grant] : family.access) {
    if (grant.expires_at <= now) continue;
    ++live;
    first_end = std::min(first_end, UnixMillis{grant.expires_at});
  }
  std::size_t remembered = 0;
  UnixMillis first_forgotten = UnixMillis::max();
  for (const auto& [generation, at] : family.superseded) {
    if (now - at >= lifetimes.grace) continue;
    ++remembered;
    first_forgotten = std::min(first_forgotten, at + lifetimes.grace);
  }
  UnixMillis free_at = now;
  if (live >= kMaxLiveTokens) free_at = std::max(free_at, first_end);
  if (remembered >= kMaxLiveTokens) free_at = std::max(free_at, first_forgotten);
  if (free_at == now) return std::nullopt;
  return std::chrono::ceil<seconds>(free_at - now);
}

RefreshDecision decide_superseded(const RefreshFamily& family, Generation presented, UnixMillis now,
                                  const SessionLifetimes& lifetimes) {
  const auto at = family.superseded.find(presented);
  if (at == family.superseded.end()) return {RefreshOutcome::reused, true, {}};
  const auto age = now - at->second;
  if (age < milliseconds::zero()) return {RefreshOutcome::expired, false, {}};
  if (age < lifetimes.grace) return {RefreshOutcome::repeated, false, {}};
  return {RefreshOutcome::reused, true, {}};
}

AccessGrant make_access(UnixMillis now, UnixMillis absolute_end, const SessionLifetimes& lifetimes,
                        Strategy strategy) {
  const auto issued_at = std::chrono::floor<seconds>(now);
  const auto last = std::chrono::floor<seconds>(absolute_end);
  const auto whitelisting =
      strategy == Strategy::whitelist ? Whitelisting::stands : Whitelisting::never;
  return {issued_at, std::min(issued_at + lifetimes.access, last), false, whitelisting};
}

}  // namespace

RefreshDecision decide_refresh(const std::optional<RefreshFamily>& family,
                               const RevocationState& state, const PresentedRefresh& presented,
                               UnixMillis now, const SessionLifetimes& lifetimes) {
  if (!family || is_over(*family, now)) {
    const bool over = presented.begun + lifetimes.absolute <= now;
    return {over ? RefreshOutcome::expired : RefreshOutcome::revoked, false, {}};
  }
  if (presented.nonce != family->nonce) return {RefreshOutcome::malformed, false, {}};
  if (is_revoked(*family, state, now)) return {RefreshOutcome::revoked, true, {}};
  if (presented.generation < family->generation) {
    return decide_superseded(*family, presented.generation, now, lifetimes);
  }
  // The live one, or one above it: then Redis was rewound, and an authentic token knows better.
  if (const auto wait = throttled_for(*family, now, lifetimes)) {
    return {RefreshOutcome::throttled, false, wait};
  }
  return {RefreshOutcome::rotated, false, {}};
}

RefreshFamily make_family(UnixMillis begun, UnixMillis now, const SessionNonce& nonce,
                          const SessionLifetimes& lifetimes, Strategy strategy) {
  RefreshFamily family;
  family.begun = begun;
  family.absolute_end = now + lifetimes.absolute;
  family.end = std::min(now + lifetimes.idle, family.absolute_end);
  family.last_seen = now;
  family.nonce = nonce;
  family.access[0] = make_access(now, family.absolute_end, lifetimes, strategy);
  return family;
}

RefreshFamily rotate(RefreshFamily family, Generation presented, UnixMillis now,
                     const SessionLifetimes& lifetimes, Strategy strategy) {
  std::erase_if(family.access, [&](const auto& entry) { return entry.second.expires_at <= now; });
  std::erase_if(family.superseded,
                [&](const auto& entry) { return now - entry.second >= lifetimes.grace; });
  // What a rewound Redis took for live until this moment counts as superseded at this moment.
  const Generation oldest = presented - std::min(presented - family.generation,
                                                 static_cast<Generation>(kMaxLiveTokens - 1));
  for (Generation g = oldest; g <= presented; ++g) family.superseded[g] = now;
  family.generation = presented + 1;
  family.access[family.generation] = make_access(now, family.absolute_end, lifetimes, strategy);
  family.end = std::min(now + lifetimes.idle, family.absolute_end);
  family.last_seen = now;
  return family;
}

}  // namespace recant::core
