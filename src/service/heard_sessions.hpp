// Sessions whose end is known to this server's own checks once it is answered. The bound on how
// late a revocation is honoured holds for every verifier; who has just signed out here should not
// find that he may still come in here for a millisecond or two.
//
// One a thread, like the store behind it.
#pragma once

#include "service/session_store.hpp"
#include "verify/token_judge.hpp"

namespace recant::service {

class HeardSessions final : public SessionStore {
 public:
  /// Both outlive it.
  HeardSessions(SessionStore& store, verify::TokenJudge& judge) : store_(store), judge_(judge) {}

  Task<Stored<LoginGate>> read_gate(core::Subject subject) override;
  Task<Stored<OpenOutcome>> open(NewSession session) override;
  Task<Stored<RotationOutcome>> rotate(Rotation rotation) override;
  Task<Stored<SessionSight>> look(core::Subject subject, Uuid sid) override;
  Task<Stored<SessionPage>> list(core::Subject subject, std::string after, int limit) override;
  Task<Stored<bool>> close(core::Subject subject, Uuid sid, core::Reason reason,
                           UnixMillis at_least_until) override;
  Task<Stored<bool>> close_existing(core::Subject subject, Uuid sid, core::Reason reason) override;
  Task<Stored<void>> blacklist_session(std::string session, core::Reason reason) override;
  Task<Stored<SubjectRevoked>> revoke_subject(core::Subject subject, core::Reason reason) override;
  Task<Stored<Tidied>> tidy(core::Subject subject, core::Reason reason, std::string after) override;
  Task<Stored<UnixMillis>> revoke_all(core::Reason reason) override;
  Task<Stored<TokenRevoked>> revoke_token(std::string jti, UnixSeconds expires_at,
                                          core::Reason reason,
                                          std::optional<core::Subject> subject) override;
  Task<Stored<void>> probe() override;

 private:
  template <class T>
  Task<Stored<T>> heard(Task<Stored<T>> act);
  Task<void> catch_up();

  SessionStore& store_;
  verify::TokenJudge& judge_;
};

}  // namespace recant::service
