// The specification of refresh: what a session remembers of its generations, and what is answered
// to whoever presents one of them. Pure; production runs the same rules as one Lua script
// (redis/scripts/rotate_refresh.lua), and a contract test holds the two against each other.
//
// A refresh token is single use: using generation n makes n+1 the live one. Whoever presents n
// again within the grace (a second tab, a lost reply) gets the live generation, never another
// successor, so a family does not fork and nobody honest is logged out. Later it is reuse, which
// ends this one session (RFC 9700 §4.14.2).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "core/policy.hpp"
#include "core/watermark.hpp"

namespace recant::core {

using Generation = std::uint32_t;
/// Random bytes drawn at login, kept in the record and carried by each of its refresh tokens.
using SessionNonce = std::array<std::uint8_t, 16>;

/// At most this many unexpired access tokens a session, and as many generations that are inside
/// the grace: a record stays small, and whatever is inside the grace is remembered.
constexpr std::size_t kMaxLiveTokens = 32;

struct SessionLifetimes {
  milliseconds idle{};      // without a refresh for so long a session ends
  milliseconds absolute{};  // and after so long in any case
  seconds access{};         // life of an access token
  milliseconds grace{};     // for so long a superseded refresh token still leads to the live one
};

/// Where an access token has its place among the living, as foreign services may see and change it.
enum class Whitelisting {
  never,  // issued under the blacklist strategy: that it does not stand says nothing
  stands,
  gone,  // was whitelisted, and somebody took it away
};

/// The access token of one generation. There is one only, signed anew for whoever repeats.
struct AccessGrant {
  UnixSeconds issued_at;
  UnixSeconds expires_at;
  bool revoked = false;  // its jti is blacklisted
  Whitelisting whitelisting = Whitelisting::never;
  bool operator==(const AccessGrant&) const = default;
};

struct RefreshFamily {
  UnixMillis begun;         // the milliseconds of its sid
  UnixMillis absolute_end;  // no refresh extends it
  UnixMillis end;           // idle or absolute, the earlier
  UnixMillis last_seen;     // login or last refresh
  SessionNonce nonce{};
  Generation generation = 0;  // the live one
  std::map<Generation, AccessGrant> access;
  std::map<Generation, UnixMillis> superseded;  // when; those inside the grace

  bool operator==(const RefreshFamily&) const = default;
};

/// What stands in Redis about the session, beside its record.
struct RevocationState {
  std::optional<Watermark> subject{};
  std::optional<Watermark> everybody{};
  bool session_blacklisted = false;
  bool refresh_key_present = true;          // `refresh_token:<id>` of the live generation
  Strategy strategy = Strategy::blacklist;  // of what is issued next
};

struct PresentedRefresh {
  UnixMillis begun;
  SessionNonce nonce{};
  Generation generation = 0;
};

enum class RefreshOutcome {
  rotated,    // a new generation is live
  repeated,   // the live generation again: the presented one was superseded inside the grace
  throttled,  // 32 access tokens are alive; retry when one has expired
  malformed,  // not a token of this session, though well signed: nothing is touched
  expired,    // the session's time is over, or the clock stepped back: nothing is touched
  revoked,    // the session is dead; what is left of it is removed
  reused,     // an old generation outside the grace: the session is closed
};

struct RefreshDecision {
  RefreshOutcome outcome;
  bool close = false;  // remove the record and blacklist the session
  std::optional<seconds> retry_after;
};

/// Decides; changes nothing. `family` is nothing when no record stands.
RefreshDecision decide_refresh(const std::optional<RefreshFamily>& family,
                               const RevocationState& state, const PresentedRefresh& presented,
                               UnixMillis now, const SessionLifetimes& lifetimes);

/// Generation 0 of a session that begins at `begun` while the clock shows `now` (a login right
/// after a revoke-all begins up to a second in the future, beyond the watermark).
RefreshFamily make_family(UnixMillis begun, UnixMillis now, const SessionNonce& nonce,
                          const SessionLifetimes& lifetimes, Strategy strategy);

/// The family after `presented` was used at `now`; only after decide_refresh said `rotated`.
RefreshFamily rotate(RefreshFamily family, Generation presented, UnixMillis now,
                     const SessionLifetimes& lifetimes, Strategy strategy);

}  // namespace recant::core
