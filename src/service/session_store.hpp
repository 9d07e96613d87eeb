// The port to where sessions live. Every verb that checks and then acts does both at once there;
// the rules are core/refresh_family's. One store a thread; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "core/reason.hpp"
#include "core/refresh_family.hpp"
#include "core/subject.hpp"

namespace recant::service {

/// The store cannot be asked, or did not acknowledge in time: what was asked for may or may not
/// have happened.
struct StoreUnavailable {
  std::string why;  // for the log
};

template <class T>
using Stored = Result<T, StoreUnavailable>;

/// What a login notes before it looks at the account: if a watermark has changed when the session
/// is to be opened, the account may have changed too, and the login begins again.
struct LoginGate {
  std::optional<std::string> subject_watermark;  // raw, compared for equality
  std::optional<std::string> everybody_watermark;
  UnixMillis store_time;  // the store's clock when it answered
  /// The first millisecond that no watermark covers, not before store_time. UnixMillis::max() while
  /// a foreign watermark covers everything or lies more than a day ahead: then no session can
  /// begin.
  UnixMillis earliest_begin;
};

/// What the session's tokens say beside who it is.
struct Grant {
  std::string scope;        // space-separated, may be empty
  std::string claims_json;  // custom claims, a JSON object, or empty
};

struct Device {
  std::string name;        // as the client calls it, at most 128 bytes
  std::string user_agent;  // at most 256 bytes
  std::string address;
};

/// Random bits for a jti, which the store makes from its own clock.
using JtiEntropy = std::array<std::uint8_t, 10>;

/// How many sessions a subject may have at once.
struct SessionLimit {
  enum class OnLimit { evict_oldest, deny };  // the least recently refreshed
  std::int64_t most = 0;                      // 0: any number
  OnLimit on_limit = OnLimit::evict_oldest;
};

struct NewSession {
  core::Subject subject;
  Uuid sid;  // its milliseconds: between store_time of the gate and the store's now
  LoginGate gate;
  core::SessionNonce nonce;
  std::string key_id;      // of the refresh secret that made refresh_id's token
  std::string refresh_id;  // of generation 0 (RefreshTokens::id_of)
  JtiEntropy jti_entropy;
  Grant grant;
  Device device;
  core::SessionLifetimes lifetimes;
  /// A refresh token of another service that the session is opened for, and that this uses up;
  /// empty: none. It counts as generation 0, and refresh_id is of generation 1 (service/adoption).
  std::string adopts{};
  SessionLimit limit{};
};

/// The live generation of a session, as it now stands in the store.
struct LiveGeneration {
  core::Generation generation;
  std::string key_id;  // of the refresh secret that made its refresh token
  std::string jti;
  core::AccessGrant access;
  Grant grant;
  UnixMillis session_end;  // idle or absolute, the earlier
  UnixMillis now;          // the store's clock
};

struct OpenOutcome {
  enum class Kind {
    opened,
    gate_changed,
    clock_disagrees,
    not_adoptable,  // what was to be adopted does not, or no longer, stand for the subject
    evicted,  // some had to go and not all that must have gone yet: the call is to be repeated
    session_limit,  // the subject has as many as it may have
  } kind;
  std::optional<LiveGeneration> live;  // when opened
  UnixMillis now;                      // the store's clock
  std::vector<std::string> evicted{};  // sids of sessions that this ended
};

struct Rotation {
  core::Subject subject;
  Uuid sid;
  core::PresentedRefresh presented;
  std::string presented_id;
  std::string next_key_id;
  std::string next_id;  // of generation presented + 1 under next_key_id
  JtiEntropy jti_entropy;
  std::string user_agent;
  std::string address;
  core::SessionLifetimes lifetimes;
};

struct RotationOutcome {
  core::RefreshOutcome outcome;
  std::optional<LiveGeneration> live;  // when rotated or repeated
  std::optional<seconds> retry_after;  // when throttled
  UnixMillis now{};                    // the store's clock
};

struct SessionEntry {
  Uuid sid;
  UnixMillis created_at;
  UnixMillis last_seen_at;
  UnixMillis expires_at;
  Device device;
};

struct SessionPage {
  std::vector<SessionEntry> sessions;  // most recently used first
  std::string next;                    // cursor of the next page, or empty
};

/// What stands of a session, read and not touched: all that core::decide_refresh asks.
struct SessionSight {
  std::optional<core::RefreshFamily> family{};  // nothing: no record stands
  core::RevocationState revocation{};
  std::string key_id{};  // of the refresh secret that made the live generation's token
  std::string scope{};
  UnixMillis now{};  // the store's clock
};

struct SubjectRevoked {
  UnixMillis watermark;
  std::int64_t sessions;  // how many were alive
};

struct TokenRevoked {
  /// Do readers of the whitelist see it too? Only where the subject is known.
  bool tidied;
};

/// One batch of the tidying that follows a subject's watermark: what recipe readers look at is
/// written for each live token, records and refresh tokens are removed.
struct Tidied {
  std::int64_t closed;  // sessions
  std::string next;     // where the next batch goes on; empty: nothing remains
  bool finished() const { return next.empty(); }
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;

  virtual Task<Stored<LoginGate>> read_gate(core::Subject subject) = 0;
  virtual Task<Stored<OpenOutcome>> open(NewSession session) = 0;
  virtual Task<Stored<RotationOutcome>> rotate(Rotation rotation) = 0;

  /// Reads only.
  virtual Task<Stored<SessionSight>> look(core::Subject subject, Uuid sid) = 0;

  /// Live sessions only. `after` is a page's `next`, empty for the first; `limit` at most 100.
  /// A cursor that is not one of ours gives the first page.
  virtual Task<Stored<SessionPage>> list(core::Subject subject, std::string after, int limit) = 0;

  /// Ends a session and every token of it. True if a record stood. Also without a record the
  /// session is blacklisted, at least until `at_least_until` (the end of a token that the caller
  /// knows).
  virtual Task<Stored<bool>> close(core::Subject subject, Uuid sid, core::Reason reason,
                                   UnixMillis at_least_until) = 0;
  /// The same for a caller that owns the session and must learn whether it exists: without a record
  /// nothing is written.
  virtual Task<Stored<bool>> close_existing(core::Subject subject, Uuid sid,
                                            core::Reason reason) = 0;
  /// When the subject is not known, or the session is another issuer's: blacklists its id for as
  /// long as any session could live; a record of it goes when it is next refreshed.
  virtual Task<Stored<void>> blacklist_session(std::string session, core::Reason reason) = 0;

  /// One write that ends every session of the subject, whatever their number. `tidy` follows.
  virtual Task<Stored<SubjectRevoked>> revoke_subject(core::Subject subject,
                                                      core::Reason reason) = 0;
  /// `after` is a batch's `next`, empty for the first.
  virtual Task<Stored<Tidied>> tidy(core::Subject subject, core::Reason reason,
                                    std::string after) = 0;
  virtual Task<Stored<UnixMillis>> revoke_all(core::Reason reason) = 0;
  virtual Task<Stored<TokenRevoked>> revoke_token(std::string jti, UnixSeconds expires_at,
                                                  core::Reason reason,
                                                  std::optional<core::Subject> subject) = 0;

  /// For /readyz: can it be asked, and does it take writes?
  virtual Task<Stored<void>> probe() = 0;
};

}  // namespace recant::service
