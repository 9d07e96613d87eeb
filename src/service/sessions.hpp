// What people do with sessions: log out here, log out everywhere, look at their list, end one of
// it. One a thread.
#pragma once

#include <optional>
#include <string>

#include "service/caller.hpp"
#include "service/events.hpp"
#include "service/failure.hpp"
#include "service/meter.hpp"
#include "service/refresh_tokens.hpp"
#include "service/revocation_bound.hpp"
#include "service/session_store.hpp"
#include "service/tidying.hpp"

namespace recant::service {

struct SubjectRevocation {
  std::int64_t sessions;  // how many were alive
  Enforced enforced;
  bool tidied;
};

class Sessions {
 public:
  Sessions(SessionStore& store, Tidying& tidying, const Clock& clock, EventSink& events,
           Meter& meter)
      : store_(store), tidying_(tidying), clock_(clock), events_(events), meter_(meter) {}

  Task<Outcome<SessionPage>> list(core::Subject subject, std::string after, int limit);

  /// Ends the session whether or not it is still known. `at_least_until`: the end of a token
  /// that the caller has seen. unavailable. True if it was alive.
  Task<Outcome<bool>> end(core::Subject subject, Uuid sid, core::Reason reason,
                          UnixMillis at_least_until, Caller caller);
  /// Ends a session of the subject's list. not_found, unavailable.
  Task<Outcome<void>> end_listed(core::Subject subject, Uuid sid, core::Reason reason,
                                 Caller caller);
  /// Ends all sessions of a subject by one write. `wait` also waits for the tidying.
  Task<Outcome<SubjectRevocation>> end_all(core::Subject subject, core::Reason reason, bool wait,
                                           Caller caller);

 private:
  void revoked(Event event, std::string_view kind, const core::Subject& subject,
               std::string_view sid, const core::Reason& reason, const Caller& caller);

  SessionStore& store_;
  Tidying& tidying_;
  const Clock& clock_;
  EventSink& events_;
  Meter& meter_;
};

}  // namespace recant::service
