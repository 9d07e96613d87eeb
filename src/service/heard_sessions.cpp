#include "service/heard_sessions.hpp"

#include <functional>
#include <utility>

#include "base/called_back.hpp"

namespace recant::service {

Task<void> HeardSessions::catch_up() {
  auto start = [this](std::function<void()> done) { judge_.catch_up(std::move(done)); };
  co_await called_back<>(start);
}

template <class T>
Task<Stored<T>> HeardSessions::heard(Task<Stored<T>> act) {
  auto done = co_await std::move(act);
  if (done) co_await catch_up();
  co_return done;
}

Task<Stored<OpenOutcome>> HeardSessions::open(NewSession session) {
  auto opened = co_await store_.open(std::move(session));
  const bool ended_others = opened && !opened->evicted.empty();
  if (ended_others) co_await catch_up();
  co_return opened;
}

Task<Stored<RotationOutcome>> HeardSessions::rotate(Rotation rotation) {
  auto rotated = co_await store_.rotate(std::move(rotation));
  const bool ended = rotated && (rotated->outcome == core::RefreshOutcome::reused ||
                                 rotated->outcome == core::RefreshOutcome::revoked);
  if (ended) co_await catch_up();
  co_return rotated;
}

Task<Stored<bool>> HeardSessions::close(core::Subject subject, Uuid sid, core::Reason reason,
                                        UnixMillis at_least_until) {
  return heard(store_.close(std::move(subject), sid, std::move(reason), at_least_until));
}

Task<Stored<bool>> HeardSessions::close_existing(core::Subject subject, Uuid sid,
                                                 core::Reason reason) {
  return heard(store_.close_existing(std::move(subject), sid, std::move(reason)));
}

Task<Stored<void>> HeardSessions::blacklist_session(std::string session, core::Reason reason) {
  return heard(store_.blacklist_session(std::move(session), std::move(reason)));
}

Task<Stored<SubjectRevoked>> HeardSessions::revoke_subject(core::Subject subject,
                                                           core::Reason reason) {
  return heard(store_.revoke_subject(std::move(subject), std::move(reason)));
}

Task<Stored<UnixMillis>> HeardSessions::revoke_all(core::Reason reason) {
  return heard(store_.revoke_all(std::move(reason)));
}

Task<Stored<TokenRevoked>> HeardSessions::revoke_token(std::string jti, UnixSeconds expires_at,
                                                       core::Reason reason,
                                                       std::optional<core::Subject> subject) {
  return heard(
      store_.revoke_token(std::move(jti), expires_at, std::move(reason), std::move(subject)));
}

Task<Stored<LoginGate>> HeardSessions::read_gate(core::Subject subject) {
  return store_.read_gate(std::move(subject));
}

Task<Stored<SessionSight>> HeardSessions::look(core::Subject subject, Uuid sid) {
  return store_.look(std::move(subject), sid);
}

Task<Stored<SessionPage>> HeardSessions::list(core::Subject subject, std::string after, int limit) {
  return store_.list(std::move(subject), std::move(after), limit);
}

Task<Stored<Tidied>> HeardSessions::tidy(core::Subject subject, core::Reason reason,
                                         std::string after) {
  return store_.tidy(std::move(subject), std::move(reason), std::move(after));
}

Task<Stored<void>> HeardSessions::probe() { return store_.probe(); }

}  // namespace recant::service
