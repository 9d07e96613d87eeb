// A session store that lets a test act between a login's last look at the account and the opening
// of its session, so that an interleaving need not be waited for.
#pragma once

#include <functional>
#include <utility>

#include "service/session_store.hpp"

namespace recant::service {

class HookedStore final : public SessionStore {
 public:
  explicit HookedStore(SessionStore& store) : store_(store) {}

  /// Runs once, before the next open.
  void before_open(std::function<Task<void>()> hook) { before_open_ = std::move(hook); }

  Task<Stored<OpenOutcome>> open(NewSession session) override {
    if (before_open_) {
      const auto hook = std::exchange(before_open_, nullptr);
      co_await hook();
    }
    co_return co_await store_.open(std::move(session));
  }

  Task<Stored<LoginGate>> read_gate(core::Subject subject) override {
    return store_.read_gate(std::move(subject));
  }
  Task<Stored<RotationOutcome>> rotate(Rotation rotation) override {
    return store_.rotate(std::move(rotation));
  }
  Task<Stored<SessionSight>> look(core::Subject subject, Uuid sid) override {
    return store_.look(std::move(subject), sid);
  }
  Task<Stored<SessionPage>> list(core::Subject subject, std::string after, int limit) override {
    return store_.list(std::move(subject), std::move(after), limit);
  }
  Task<Stored<bool>> close(core::Subject subject, Uuid sid, core::Reason reason,
                           UnixMillis at_least_until) override {
    return store_.close(std::move(subject), sid, std::move(reason), at_least_until);
  }
  Task<Stored<bool>> close_existing(core::Subject subject, Uuid sid, core::Reason reason) override {
    return store_.close_existing(std::move(subject), sid, std::move(reason));
  }
  Task<Stored<void>> blacklist_session(std::string session, core::Reason reason) override {
    return store_.blacklist_session(std::move(session), std::move(reason));
  }
  Task<Stored<SubjectRevoked>> revoke_subject(core::Subject subject, core::Reason reason) override {
    return store_.revoke_subject(std::move(subject), std::move(reason));
  }
  Task<Stored<Tidied>> tidy(core::Subject subject, core::Reason reason,
                            std::string after) override {
    return store_.tidy(std::move(subject), std::move(reason), std::move(after));
  }
  Task<Stored<UnixMillis>> revoke_all(core::Reason reason) override {
    return store_.revoke_all(std::move(reason));
  }
  Task<Stored<TokenRevoked>> revoke_token(std::string jti, UnixSeconds expires_at,
                                          core::Reason reason,
                                          std::optional<core::Subject> subject) override {
    return store_.revoke_token(std::move(jti), expires_at, std::move(reason), std::move(subject));
  }
  Task<Stored<void>> probe() override { return store_.probe(); }

 private:
  SessionStore& store_;
  std::function<Task<void>()> before_open_;
};

}  // namespace recant::service
