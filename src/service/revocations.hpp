// What an administrator takes back: one token, one session, a subject, everybody. One a thread.
// A revocation that Redis did not acknowledge is `unavailable`, never a success.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "service/adoption.hpp"
#include "service/caller.hpp"
#include "service/events.hpp"
#include "service/failure.hpp"
#include "service/meter.hpp"
#include "service/revocation_bound.hpp"
#include "service/sessions.hpp"
#include "service/tokens.hpp"
#include "verify/access_token.hpp"

namespace recant::service {

// Ids are spelled as their issuer spells them.
struct RevokeToken {
  std::string token;  // an access token, or a refresh token, which stands for its session
};
struct RevokeJti {
  std::string jti;
  UnixSeconds expires_at;
  std::optional<core::Subject> subject;  // when known, its whitelist key goes too
};
struct RevokeSession {
  std::string session;                   // of ours a UUID
  std::optional<core::Subject> subject;  // when known, its records go at once
};
struct RevokeSubject {
  core::Subject subject;
};
struct RevokeAll {};

using RevocationTarget =
    std::variant<RevokeToken, RevokeJti, RevokeSession, RevokeSubject, RevokeAll>;

struct RevocationOrder {
  RevocationTarget target;
  std::string issuer;  // the name of another issuer, or empty: ours
  core::Reason reason;
  /// Return only when every verifier knows, and recipe readers are no longer misled either.
  bool wait = false;
};

struct Revocation {
  std::string kind;           // jti, session, subject, all
  std::string id;             // empty for all
  std::int64_t sessions = 0;  // how many were alive and are known to have ended
  Enforced enforced;
  /// Does what readers of the plain recipe look at (blacklist:jti and whitelist:… of each live
  /// token) say so too?
  bool tidied = true;
};

class Revocations {
 public:
  Revocations(SessionStore& store, Sessions& sessions, const TokenIssuer& issuer,
              const verify::AccessTokenVerifier& verifier, RevocationBound& bound,
              const Clock& clock, EventSink& events, Meter& meter, seconds access_life,
              Adoption* adoption = nullptr, bool foreign_writers = false)
      : store_(store),
        sessions_(sessions),
        issuer_(issuer),
        verifier_(verifier),
        bound_(bound),
        clock_(clock),
        events_(events),
        meter_(meter),
        access_life_(access_life),
        adoption_(adoption),
        foreign_writers_(foreign_writers) {}

  /// invalid_request (not a token of the issuer, an issuer that is not known, an `exp` that no
  /// token can have), no_jti, unavailable. With `wait` the bound passes while the tidying goes on.
  Task<Outcome<Revocation>> revoke(RevocationOrder order, Caller caller);

  /// For whoever holds an access token and logs out: ends its session, and of another issuer's
  /// token that has none the token alone. no_jti when it has neither, unavailable.
  Task<Outcome<void>> log_out(verify::VerifiedToken token, Caller caller);

  /// Ends the session that a refresh token belongs to; with an Adoption, also one of the service
  /// before this one, which becomes no session any more. invalid_grant when it is neither.
  Task<Outcome<Revocation>> revoke_refresh_token(std::string token, core::Reason reason,
                                                 Caller caller);

 private:
  Task<Outcome<Revocation>> carry_out(RevocationOrder order, Caller caller);
  Task<Outcome<Revocation>> revoke_ours(RevocationOrder order, Caller caller);
  Task<Outcome<Revocation>> revoke_foreign(RevocationOrder order,
                                           const verify::ForeignIssuer& issuer, Caller caller);
  Task<Outcome<Revocation>> revoke_any_token(std::string token, core::Reason reason, Caller caller);
  Task<Outcome<Revocation>> revoke_access_token(std::string token, std::string issuer,
                                                core::Reason reason, Caller caller);
  /// `subject` and `session` are for the log: empty where only the jti is known.
  Task<Outcome<Revocation>> revoke_jti(RevokeJti target, core::Reason reason, Caller caller,
                                       std::string session = {});
  Task<Outcome<Revocation>> revoke_session(RevokeSession target, core::Reason reason,
                                           Caller caller);
  Task<Outcome<Revocation>> revoke_foreign_session(std::string session, core::Reason reason,
                                                   Caller caller);
  Task<Outcome<Revocation>> revoke_foreign_subject(core::Subject subject, core::Reason reason,
                                                   bool wait, Caller caller);
  Task<Outcome<Revocation>> revoke_subject(RevokeSubject target, core::Reason reason, bool wait,
                                           Caller caller);
  void record_session(const std::string& session, const core::Reason& reason, const Caller& caller);
  static Task<Outcome<Revocation>> refuse(std::string why);
  Task<Outcome<Revocation>> revoke_all(core::Reason reason, Caller caller);

  SessionStore& store_;
  Sessions& sessions_;
  const TokenIssuer& issuer_;
  const verify::AccessTokenVerifier& verifier_;
  RevocationBound& bound_;
  const Clock& clock_;
  EventSink& events_;
  Meter& meter_;
  const seconds access_life_;
  Adoption* adoption_;          // none: off
  const bool foreign_writers_;  // ends of a subject find what other services whitelisted
};

}  // namespace recant::service
