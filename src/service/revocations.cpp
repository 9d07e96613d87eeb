#include "service/revocations.hpp"

namespace recant::service {
namespace {

/// No token lives longer than a session may; a later `exp` is a slip (milliseconds, say).
constexpr std::chrono::days kLongestTokenLife{366};

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

/// Not invalid_grant, which is 401: it is the administrator's own credentials that a 401 speaks of.
Failure no_token_of_ours() {
  return {FailureCode::invalid_request,
          "token: neither an access token nor a refresh token signed by this issuer."};
}

}  // namespace

Task<Outcome<Revocation>> Revocations::revoke(RevocationTarget target, core::Reason reason,
                                              bool wait, Caller caller) {
  return std::visit(
      Overloaded{
          [&](RevokeToken& t) { return revoke_any_token(std::move(t.token), reason, caller); },
          [&](RevokeJti& t) { return revoke_jti(std::move(t), reason, caller); },
          [&](RevokeSession& t) { return revoke_session(std::move(t), reason, caller); },
          [&](RevokeSubject& t) { return revoke_subject(std::move(t), reason, wait, caller); },
          [&](RevokeAll&) { return revoke_all(reason, caller); },
      },
      target);
}

Task<Outcome<Revocation>> Revocations::revoke_refresh_token(std::string token, core::Reason reason,
                                                            Caller caller) {
  const auto fields = issuer_.refresh_tokens().open(token);
  if (!fields) {
    co_return Failure{FailureCode::invalid_grant, "This is not a refresh token of ours.",
                      "malformed"};
  }
  RevokeSession target{fields->sid, fields->subject};
  co_return co_await revoke_session(std::move(target), std::move(reason), std::move(caller));
}

Task<Outcome<Revocation>> Revocations::revoke_any_token(std::string token, core::Reason reason,
                                                        Caller caller) {
  if (!has_refresh_token_form(token)) {
    co_return co_await revoke_access_token(std::move(token), std::move(reason), std::move(caller));
  }
  auto ended =
      co_await revoke_refresh_token(std::move(token), std::move(reason), std::move(caller));
  if (!ended && ended.error().code == FailureCode::invalid_grant) co_return no_token_of_ours();
  co_return ended;
}

Task<Outcome<Revocation>> Revocations::revoke_access_token(std::string token, core::Reason reason,
                                                           Caller caller) {
  const auto verified = verifier_.identify(token, clock_.wall());
  if (!verified) co_return no_token_of_ours();
  if (verified->jti().empty()) {
    co_return Failure{FailureCode::no_jti,
                      "The token has no jti; revoke its session or its subject instead."};
  }
  RevokeJti target{verified->jti(), verified->expires_at()};
  co_return co_await revoke_jti(std::move(target), std::move(reason), std::move(caller));
}

Task<Outcome<Revocation>> Revocations::revoke_jti(RevokeJti target, core::Reason reason,
                                                  Caller caller) {
  // In seconds on both sides: in milliseconds a large `exp` would overflow.
  if (target.expires_at > std::chrono::floor<seconds>(clock_.wall()) + kLongestTokenLife) {
    co_return Failure{FailureCode::invalid_request,
                      "exp: more than a year ahead. It is in seconds since 1970."};
  }
  const auto done = co_await store_.revoke_token(target.jti, target.expires_at, reason);
  if (!done) co_return unavailable();
  meter_.revoked("jti");
  const EventFields fields{.detail = reason.text()};
  events_.record(Event::token_revoked, caller, fields);
  co_return Revocation{"jti", std::move(target.jti), 0, clock_.wall(), true};
}

Task<Outcome<Revocation>> Revocations::revoke_session(RevokeSession target, core::Reason reason,
                                                      Caller caller) {
  bool existed = false;
  if (target.subject) {
    const auto until = clock_.wall() + access_life_;
    const auto ended = co_await sessions_.end(*target.subject, target.sid, reason, until, caller);
    if (!ended) co_return ended.error();
    existed = *ended;
  }
  // Without a record nobody knows what its tokens live for, so the sid stays dead for as long as
  // any session could.
  if (!existed) {
    const auto done = co_await store_.blacklist_session(target.sid, reason);
    if (!done) co_return unavailable();
    if (!target.subject) {
      meter_.revoked("session");
      const std::string sid = target.sid.to_string();
      const EventFields fields{.session = sid, .detail = reason.text()};
      events_.record(Event::session_revoked, caller, fields);
    }
  }
  // Without the subject nobody knows which tokens are its.
  co_return Revocation{"session", target.sid.to_string(), existed ? 1 : 0, clock_.wall(),
                       target.subject.has_value()};
}

Task<Outcome<Revocation>> Revocations::revoke_subject(RevokeSubject target, core::Reason reason,
                                                      bool wait, Caller caller) {
  const auto ended =
      co_await sessions_.end_all(target.subject, std::move(reason), wait, std::move(caller));
  if (!ended) co_return ended.error();
  if (wait && !ended->tidied) {
    co_return unavailable(
        "The sessions are dead, but what readers of the plain recipe look at could not all be "
        "written. Repeat the call.");
  }
  co_return Revocation{"subject", target.subject.text(), ended->sessions, ended->enforced_at,
                       ended->tidied};
}

Task<Outcome<Revocation>> Revocations::revoke_all(core::Reason reason, Caller caller) {
  const auto done = co_await store_.revoke_all(reason);
  if (!done) co_return unavailable();
  meter_.revoked("all");
  const EventFields fields{.detail = reason.text()};
  events_.record(Event::subject_revoked, caller, fields);
  // Sessions are tidied subject by subject, as they come by again; the watermark holds meanwhile.
  co_return Revocation{"all", {}, 0, clock_.wall(), false};
}

}  // namespace recant::service
