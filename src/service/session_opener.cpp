#include "service/session_opener.hpp"

namespace recant::service {

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
        "in Redis by a watermark that is not a time."};
  }
  co_return *std::move(gate);
}

Task<Outcome<std::optional<Tokens>>> SessionOpener::open(core::Subject subject, LoginGate gate,
                                                         Grant grant, Device device) {
  std::string no_token;
  co_return co_await open_session(std::move(no_token), std::move(subject), std::move(gate),
                                  std::move(grant), std::move(device));
}

Task<Outcome<std::optional<Tokens>>> SessionOpener::adopt(std::string foreign_token,
                                                          core::Subject subject, LoginGate gate,
                                                          Grant grant, Device device) {
  co_return co_await open_session(std::move(foreign_token), std::move(subject), std::move(gate),
                                  std::move(grant), std::move(device));
}

Task<Outcome<std::optional<Tokens>>> SessionOpener::open_session(std::string foreign_token,
                                                                 core::Subject subject,
                                                                 LoginGate gate, Grant grant,
                                                                 Device device) {
  const auto nonce = random_.bytes<sizeof(core::SessionNonce)>();
  const auto sid_entropy = random_.bytes<10>();
  // A foreign token is generation 0 of its session, and ours is its successor.
  const core::Generation first = foreign_token.empty() ? 0 : 1;

  // Twice at most: the second time by the store's own clock, when a long wait for the password
  // hash made the gate's time too old.
  for (int attempt = 0; attempt < 2; ++attempt) {
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
                       lifetimes_,
                       foreign_token};
    const auto outcome = co_await store_.open(std::move(session));
    if (!outcome) co_return unavailable();
    switch (outcome->kind) {
      case OpenOutcome::Kind::opened:
        meter_.session_opened();
        co_return issuer_.issue(subject, sid, nonce, *outcome->live);
      case OpenOutcome::Kind::gate_changed:
      case OpenOutcome::Kind::not_adoptable:
        co_return std::optional<Tokens>{};
      case OpenOutcome::Kind::clock_disagrees:
        gate.earliest_begin = std::max(gate.earliest_begin, outcome->now);
    }
  }
  co_return unavailable("The clock of Redis jumped while the session was opened. Try again.");
}

}  // namespace recant::service
