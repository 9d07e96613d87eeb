#include "service/sessions.hpp"

namespace recant::service {

Task<Outcome<SessionPage>> Sessions::list(core::Subject subject, std::string after, int limit) {
  auto page = co_await store_.list(std::move(subject), std::move(after), limit);
  if (!page) co_return unavailable();
  co_return *std::move(page);
}

Task<Outcome<bool>> Sessions::end(core::Subject subject, Uuid sid, core::Reason reason,
                                  UnixMillis at_least_until, Caller caller) {
  const auto existed = co_await store_.close(subject, sid, reason, at_least_until);
  if (!existed) co_return unavailable();
  revoked(Event::session_revoked, "session", subject, sid.to_string(), reason, caller);
  co_return *existed;
}

Task<Outcome<void>> Sessions::end_listed(core::Subject subject, Uuid sid, core::Reason reason,
                                         Caller caller) {
  const auto existed = co_await store_.close_existing(subject, sid, reason);
  if (!existed) co_return unavailable();
  if (!*existed) {
    co_return Failure{FailureCode::not_found, "There is no such session; it may have ended."};
  }
  revoked(Event::session_revoked, "session", subject, sid.to_string(), reason, caller);
  co_return Outcome<void>{};
}

Task<Outcome<SubjectRevocation>> Sessions::end_all(core::Subject subject, core::Reason reason,
                                                   bool wait, Caller caller) {
  const auto done = co_await store_.revoke_subject(subject, reason);
  if (!done) co_return unavailable();
  const auto enforced = Enforced::now(clock_);
  revoked(Event::subject_revoked, "subject", subject, {}, reason, caller);
  const bool tidied = co_await tidying_.begin(subject, reason, wait);
  co_return SubjectRevocation{done->sessions, enforced, tidied};
}

void Sessions::revoked(Event event, std::string_view kind, const core::Subject& subject,
                       std::string_view sid, const core::Reason& reason, const Caller& caller) {
  meter_.revoked(kind);
  const EventFields fields{.subject = subject.text(), .session = sid, .detail = reason.text()};
  events_.record(event, caller, fields);
}

}  // namespace recant::service
