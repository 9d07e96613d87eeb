// Opens a session for a subject whose right to one has been shown: login, password change, and an
// application that signs people in itself. One a thread.
#pragma once

#include <optional>

#include "base/random.hpp"
#include "service/caller.hpp"
#include "service/events.hpp"
#include "service/failure.hpp"
#include "service/meter.hpp"
#include "service/session_store.hpp"
#include "service/tokens.hpp"

namespace recant::service {

/// What the operator decided about every session.
struct SessionTerms {
  core::SessionLifetimes lifetimes;
  SessionLimit limit{};
};

class SessionOpener {
 public:
  SessionOpener(SessionStore& store, const TokenIssuer& issuer, RandomSource& random,
                EventSink& events, Meter& meter, const SessionTerms& terms,
                core::ForeignNames foreign_names = {})
      : store_(store),
        issuer_(issuer),
        random_(random),
        events_(events),
        meter_(meter),
        terms_(terms),
        foreign_names_(std::move(foreign_names)) {}

  /// To be asked before the caller looks at what entitles the subject. forbidden while a foreign
  /// service has blocked the subject altogether; invalid_request for one that is spelled like
  /// another issuer's; unavailable.
  Task<Outcome<LoginGate>> read_gate(core::Subject subject);

  /// Nothing when a watermark was raised since `gate` was read: the caller looks again, since
  /// the subject's password may have changed or its account may have been disabled. session_limit,
  /// where one more session than the subject may have is to be denied; else the least recently
  /// refreshed gives way.
  Task<Outcome<std::optional<Tokens>>> open(core::Subject subject, LoginGate gate, Grant grant,
                                            Device device, Caller caller);
  /// The same for whoever holds a refresh token of another service, which is used up. Nothing also
  /// when it no longer stands for the subject.
  Task<Outcome<std::optional<Tokens>>> adopt(std::string foreign_token, core::Subject subject,
                                             LoginGate gate, Grant grant, Device device,
                                             Caller caller);

 private:
  /// `foreign_token` may be empty.
  Task<Outcome<std::optional<Tokens>>> open_session(std::string foreign_token,
                                                    core::Subject subject, LoginGate gate,
                                                    Grant grant, Device device, Caller caller);
  void tell_evicted(const core::Subject& subject, const OpenOutcome& outcome, const Caller& caller);

  SessionStore& store_;
  const TokenIssuer& issuer_;
  RandomSource& random_;
  EventSink& events_;
  Meter& meter_;
  const SessionTerms terms_;
  const core::ForeignNames foreign_names_;
};

}  // namespace recant::service
