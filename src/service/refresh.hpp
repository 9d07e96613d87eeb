// Refreshing: one refresh token in, the session's live tokens out. One a thread. The rules are
// core/refresh_family's; they run in the store, in one round trip.
#pragma once

#include <string>

#include "base/random.hpp"
#include "service/adoption.hpp"
#include "service/caller.hpp"
#include "service/events.hpp"
#include "service/meter.hpp"
#include "service/session_store.hpp"
#include "service/tokens.hpp"

namespace recant::service {

class Refresh {
 public:
  Refresh(SessionStore& store, const TokenIssuer& issuer, RandomSource& random, EventSink& events,
          Meter& meter, const core::SessionLifetimes& lifetimes, Adoption* adoption = nullptr)
      : store_(store),
        issuer_(issuer),
        random_(random),
        events_(events),
        meter_(meter),
        lifetimes_(lifetimes),
        adoption_(adoption) {}

  /// With an Adoption, also for refresh tokens of the service before this one. invalid_grant with a
  /// reason (malformed, expired, reused, revoked), throttled, unavailable.
  Task<Outcome<Tokens>> refresh(std::string refresh_token, Caller caller);

 private:
  Task<Outcome<Tokens>> adopt(std::string foreign_token, Caller caller);
  Task<Outcome<Tokens>> rotate(RefreshTokenFields fields, std::string token, Caller caller);
  Rotation make_rotation(const RefreshTokenFields& fields, std::string_view token,
                         const Caller& caller);
  Outcome<Tokens> answer(const RefreshTokenFields& fields, const RotationOutcome& outcome) const;

  SessionStore& store_;
  const TokenIssuer& issuer_;
  RandomSource& random_;
  EventSink& events_;
  Meter& meter_;
  const core::SessionLifetimes lifetimes_;
  Adoption* adoption_;  // none: off
};

}  // namespace recant::service
