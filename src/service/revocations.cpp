#include "service/revocations.hpp"

namespace recant::service {
namespace {

/// No token lives longer than a session may; a later `exp` is a slip (milliseconds, say).
constexpr std::chrono::days kLongestTokenLife{366};

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

Failure no_jti() {
  return {FailureCode::no_jti, "The token has no jti; revoke its session or its subject instead."};
}

/// Not invalid_grant, which is 401: it is the administrator's own credentials that a 401 speaks of.
Failure no_token_of(std::string_view issuer) {
  if (issuer.empty()) {
    return {FailureCode::invalid_request,
            "token: neither an access token of an issuer known here nor a refresh token of ours."};
  }
  return {FailureCode::invalid_request, "token: not a token of the issuer that is named."};
}

}  // namespace

Task<Outcome<Revocation>> Revocations::revoke(RevocationOrder order, Caller caller) {
  const bool wait = order.wait;
  auto revocation = co_await carry_out(std::move(order), std::move(caller));
  if (revocation && wait) co_await bound_.pass(revocation->enforced);
  co_return revocation;
}

Task<Outcome<Revocation>> Revocations::carry_out(RevocationOrder order, Caller caller) {
  if (order.issuer.empty()) return revoke_ours(std::move(order), std::move(caller));
  const auto* issuer = verifier_.find_issuer(order.issuer);
  if (issuer == nullptr) return refuse("issuer: there is no [[issuer]] of this name.");
  return revoke_foreign(std::move(order), *issuer, std::move(caller));
}

Task<Outcome<Revocation>> Revocations::refuse(std::string why) {
  co_return Failure{FailureCode::invalid_request, std::move(why)};
}

Task<Outcome<Revocation>> Revocations::revoke_ours(RevocationOrder order, Caller caller) {
  const auto& reason = order.reason;
  return std::visit(
      Overloaded{
          [&](RevokeToken& t) { return revoke_any_token(std::move(t.token), reason, caller); },
          [&](RevokeJti& t) { return revoke_jti(std::move(t), reason, caller); },
          [&](RevokeSession& t) { return revoke_session(std::move(t), reason, caller); },
          [&](RevokeSubject& t) {
            return revoke_subject(std::move(t), reason, order.wait, caller);
          },
          [&](RevokeAll&) { return revoke_all(reason, caller); },
      },
      order.target);
}

/// As ours, under the ids by which that issuer's tokens are known here.
Task<Outcome<Revocation>> Revocations::revoke_foreign(RevocationOrder order,
                                                      const verify::ForeignIssuer& issuer,
                                                      Caller caller) {
  const auto& reason = order.reason;
  const auto id = [&](const std::string& own) {
    return issuer.shared_ids ? own : core::foreign_id(issuer.name, own);
  };
  const auto whose = [&](const core::Subject& own) {
    return issuer.shared_ids ? own : core::Subject::of_issuer(issuer.name, own);
  };
  return std::visit(
      Overloaded{
          [&](RevokeToken& t) {
            return revoke_access_token(std::move(t.token), issuer.name, reason, caller);
          },
          [&](RevokeJti& t) {
            RevokeJti target{id(t.jti), t.expires_at, std::nullopt};
            if (t.subject) target.subject = whose(*t.subject);
            return revoke_jti(std::move(target), reason, caller);
          },
          [&](RevokeSession& t) { return revoke_foreign_session(id(t.session), reason, caller); },
          [&](RevokeSubject& t) {
            return revoke_foreign_subject(whose(t.subject), reason, order.wait, caller);
          },
          [&](RevokeAll&) { return refuse("issuer: not beside all, which means every issuer."); },
      },
      order.target);
}

Task<Outcome<void>> Revocations::log_out(verify::VerifiedToken token, Caller caller) {
  if (const auto& sid = token.own_sid()) {
    const UnixMillis until = token.expires_at();
    const auto ended =
        co_await sessions_.end(token.subject(), *sid, core::Reason::logout, until, caller);
    if (!ended) co_return ended.error();
    co_return Outcome<void>{};
  }
  if (token.session().empty() && token.jti().empty()) co_return no_jti();
  // Of a session also the token that was shown, for readers that know only the recipe's own key.
  if (!token.session().empty()) {
    const auto ended =
        co_await revoke_foreign_session(token.session(), core::Reason::logout, caller);
    if (!ended) co_return ended.error();
  }
  if (!token.jti().empty()) {
    RevokeJti target{token.jti(), token.expires_at(), token.subject()};
    const auto ended =
        co_await revoke_jti(std::move(target), core::Reason::logout, caller, token.session());
    if (!ended) co_return ended.error();
  }
  co_return Outcome<void>{};
}

Task<Outcome<Revocation>> Revocations::revoke_refresh_token(std::string token, core::Reason reason,
                                                            Caller caller) {
  auto fields = issuer_.refresh_tokens().open(token);
  if (!fields && (adoption_ == nullptr || !is_adoptable(token))) {
    co_return Failure{FailureCode::invalid_grant, "This is not a refresh token of ours.",
                      "malformed"};
  }
  if (!fields) {
    const auto became = co_await adoption_->give_up(std::move(token));
    if (!became) co_return became.error();
    if (!*became) co_return Revocation{"session", {}, 0, Enforced::now(clock_), true};
    fields = *became;
  }
  RevokeSession target{fields->sid.to_string(), fields->subject};
  co_return co_await revoke_session(std::move(target), std::move(reason), std::move(caller));
}

Task<Outcome<Revocation>> Revocations::revoke_any_token(std::string token, core::Reason reason,
                                                        Caller caller) {
  if (!has_refresh_token_form(token)) {
    std::string any_issuer;
    co_return co_await revoke_access_token(std::move(token), std::move(any_issuer),
                                           std::move(reason), std::move(caller));
  }
  auto ended =
      co_await revoke_refresh_token(std::move(token), std::move(reason), std::move(caller));
  if (!ended && ended.error().code == FailureCode::invalid_grant) co_return no_token_of({});
  co_return ended;
}

/// A token says itself whose it is; an `issuer` that was named beside it must agree.
Task<Outcome<Revocation>> Revocations::revoke_access_token(std::string token, std::string issuer,
                                                           core::Reason reason, Caller caller) {
  const auto verified = verifier_.identify(token, clock_.wall());
  if (!verified) co_return no_token_of(issuer);
  if (!issuer.empty() && verified->issuer_name() != issuer) co_return no_token_of(issuer);
  if (verified->jti().empty()) {
    co_return no_jti();
  }
  RevokeJti target{verified->jti(), verified->expires_at(), verified->subject()};
  std::string session = verified->session();
  co_return co_await revoke_jti(std::move(target), std::move(reason), std::move(caller),
                                std::move(session));
}

Task<Outcome<Revocation>> Revocations::revoke_jti(RevokeJti target, core::Reason reason,
                                                  Caller caller, std::string session) {
  // In seconds on both sides: in milliseconds a large `exp` would overflow.
  if (target.expires_at > std::chrono::floor<seconds>(clock_.wall()) + kLongestTokenLife) {
    co_return Failure{FailureCode::invalid_request,
                      "exp: more than a year ahead. It is in seconds since 1970."};
  }
  const auto done =
      co_await store_.revoke_token(target.jti, target.expires_at, reason, target.subject);
  if (!done) co_return unavailable();
  meter_.revoked("jti");
  const std::string_view subject = target.subject ? target.subject->text() : std::string_view();
  const EventFields fields{
      .subject = subject, .session = session, .token = target.jti, .detail = reason.text()};
  events_.record(Event::token_revoked, caller, fields);
  co_return Revocation{"jti", std::move(target.jti), 0, Enforced::now(clock_), done->tidied};
}

Task<Outcome<Revocation>> Revocations::revoke_session(RevokeSession target, core::Reason reason,
                                                      Caller caller) {
  const auto sid = Uuid::parse(target.session);
  if (!sid) {
    co_return Failure{FailureCode::invalid_request,
                      "session: a session_id, which is a UUID in lower case."};
  }
  bool existed = false;
  if (target.subject) {
    const auto until = clock_.wall() + access_life_;
    const auto ended = co_await sessions_.end(*target.subject, *sid, reason, until, caller);
    if (!ended) co_return ended.error();
    existed = *ended;
  }
  // Without a record nobody knows what its tokens live for, so the sid stays dead for as long as
  // any session could.
  if (!existed) {
    const auto done = co_await store_.blacklist_session(target.session, reason);
    if (!done) co_return unavailable();
    if (!target.subject) record_session(target.session, reason, caller);
  }
  // Without the subject nobody knows which tokens are its.
  co_return Revocation{"session", std::move(target.session), existed ? 1 : 0, Enforced::now(clock_),
                       target.subject.has_value()};
}

/// Which tokens are its is known to its issuer alone, or to the whitelist, where that is gone
/// through.
Task<Outcome<Revocation>> Revocations::revoke_foreign_subject(core::Subject subject,
                                                              core::Reason reason, bool wait,
                                                              Caller caller) {
  RevokeSubject target{std::move(subject)};
  auto ended =
      co_await revoke_subject(std::move(target), std::move(reason), wait, std::move(caller));
  if (ended && !foreign_writers_) ended->tidied = false;
  co_return ended;
}

/// Which tokens are its is known to its issuer alone.
Task<Outcome<Revocation>> Revocations::revoke_foreign_session(std::string session,
                                                              core::Reason reason, Caller caller) {
  const auto done = co_await store_.blacklist_session(session, reason);
  if (!done) co_return unavailable();
  record_session(session, reason, caller);
  co_return Revocation{"session", std::move(session), 0, Enforced::now(clock_), false};
}

void Revocations::record_session(const std::string& session, const core::Reason& reason,
                                 const Caller& caller) {
  meter_.revoked("session");
  const EventFields fields{.session = session, .detail = reason.text()};
  events_.record(Event::session_revoked, caller, fields);
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
  co_return Revocation{"subject", target.subject.text(), ended->sessions, ended->enforced,
                       ended->tidied};
}

Task<Outcome<Revocation>> Revocations::revoke_all(core::Reason reason, Caller caller) {
  const auto done = co_await store_.revoke_all(reason);
  if (!done) co_return unavailable();
  meter_.revoked("all");
  const EventFields fields{.detail = reason.text()};
  events_.record(Event::subject_revoked, caller, fields);
  // Sessions are tidied subject by subject, as they come by again; the watermark holds meanwhile.
  co_return Revocation{"all", {}, 0, Enforced::now(clock_), false};
}

}  // namespace recant::service
