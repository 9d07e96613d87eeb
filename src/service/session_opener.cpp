#include "service/session_opener.hpp"

#include <algorithm>
#include <utility>

namespace recant::service {
namespace {

/// A limit that was lowered is worked off by so many calls of one login, some 20 sessions each.
/// Where that is not enough this one is opened all the same, and the next login goes on.
constexpr int kEvictingCalls = 64;

Failure too_many_sessions() {
  return {FailureCode::session_limit,
          "There are as many sessions as there may be. Log out of one of them first."};
}

}  // namespace

Task<Outcome<LoginGate>> SessionOpener::read_gate(core::Subject subject) {
  if (foreign_names_.claim(subject)) {
    co_return Failure{FailureCode::invalid_request,
                      "subject: begins like those of another issuer, with its name and a slash."};
  }
  auto gate = co_await store_.read_gate(std::move(subject));
  if (!gate) co_return unavailable();
  if (gate->earliest_begin == UnixMillis::max()) {
    co_return Failure{
        FailureCode::forbidden,
        "No session can begin: a service beside this one has blocked this subject, or all, "
        "in Redis by a watermark that is not a time or lies more than a day ahead."};
  }
  co_return *std::move(gate);
}

Task<Outcome<std::optional<Tokens>>> SessionOpener::open(core::Subject subject, LoginGate gate,
                                                         Grant grant, Device device,
                                                         Caller caller) {
  std::string no_token;
  co_return co_await open_session(std::move(no_token), std::move(subject), std::move(gate),
                                  std::move(grant), std::move(device), std::move(caller));
}

Task<Outcome<std::optional<Tokens>>> SessionOpener::adopt(std::string foreign_token,
                                                          core::Subject subject, LoginGate gate,
                                                          Grant grant, Device device,
                                                          Caller caller) {
  co_return co_await open_session(std::move(foreign_token), std::move(subject), std::move(gate),
                                  std::move(grant), std::move(device), std::move(caller));
}

Task<Outcome<std::optional<Tokens>>> SessionOpener::open_session(std::string foreign_token,
                                                                 core::Subject subject,
                                                                 LoginGate gate, Grant grant,
                                                                 Device device, Caller caller) {
  const auto nonce = random_.bytes<sizeof(core::SessionNonce)>();
  const auto sid_entropy = random_.bytes<10>();
  // A foreign token is generation 0 of its session, and ours is its successor.
  const core::Generation first = foreign_token.empty() ? 0 : 1;

  // By the store's own clock a second time, when a long wait for the password hash made the gate's
  // time too old; and again while sessions give way to this one.
  bool clock_disagreed = false;
  int evicting = 0;
  for (;;) {
    const auto sid = Uuid::version7(gate.earliest_begin, sid_entropy);
    const RefreshTokenFields fields{sid, first, nonce, subject};
    const auto key_id = issuer_.refresh_tokens().current_key_id();
    const auto refresh_token = issuer_.refresh_tokens().make(fields, key_id);
    NewSession session{subject,
                       sid,
                       gate,
                       nonce,
                       key_id,
                       RefreshTokens::id_of(*refresh_token),
                       random_.bytes<10>(),
                       grant,
                       device,
                       terms_.lifetimes,
                       foreign_token,
                       evicting < kEvictingCalls ? terms_.limit : SessionLimit{}};
    const auto outcome = co_await store_.open(std::move(session));
    if (!outcome) co_return unavailable();
    tell_evicted(subject, *outcome, caller);
    switch (outcome->kind) {
      case OpenOutcome::Kind::opened:
        meter_.session_opened();
        co_return issuer_.issue(subject, sid, nonce, *outcome->live);
      case OpenOutcome::Kind::gate_changed:
      case OpenOutcome::Kind::not_adoptable:
        co_return std::optional<Tokens>{};
      case OpenOutcome::Kind::session_limit:
        co_return too_many_sessions();
      case OpenOutcome::Kind::evicted:
        ++evicting;
        break;
      case OpenOutcome::Kind::clock_disagrees:
        if (std::exchange(clock_disagreed, true)) {
          co_return unavailable(
              "The clock of Redis jumped while the session was opened. Try again.");
        }
        gate.earliest_begin = std::max(gate.earliest_begin, outcome->now);
    }
  }
}

void SessionOpener::tell_evicted(const core::Subject& subject, const OpenOutcome& outcome,
                                 const Caller& caller) {
  for (const std::string& sid : outcome.evicted) {
    meter_.revoked("session");
    const EventFields fields{.subject = subject.text(),
                             .session = sid,
                             .actor = caller.actor,
                             .detail = core::Reason::evicted.text()};
    events_.record(Event::session_revoked, caller, fields);
  }
}

}  // namespace recant::service
