// Verifiers that live, on a real Redis, and the words that their tests are written in: tokens of
// sessions that the store opened, and what a verifier says of them.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "../verify/tokens.hpp"
#include "redis/live_verifier.hpp"
#include "store_world.hpp"
#include "verify/never_back_clock.hpp"

namespace recant::redis {

inline std::shared_ptr<const verify::AccessTokenVerifier> tokens_of_tests() {
  return std::make_shared<const verify::AccessTokenVerifier>(verify::verifier());
}

/// One verifier with what it needs.
class LiveOne {
 public:
  LiveOne(std::shared_ptr<const Target> target, milliseconds max_staleness,
          LiveVerifierOptions options = {}, core::Strategy strategy = core::Strategy::blacklist,
          const Keys& keys = Keys{key_form()})
      : policy({.strategy = strategy, .max_staleness = max_staleness, .keys = keys.spelling()}),
        random(9),
        verifier({std::move(target), keys, policy, tokens_of_tests(), clock, random},
                 with_patience(options)) {}

  verify::Judgement ask(const std::string& token) {
    // Kept alive by the callback, should the test give up on it.
    const auto told = std::make_shared<std::promise<verify::Judgement>>();
    auto judgement = told->get_future();
    verifier.check(token, [told](verify::Judgement answer) { told->set_value(std::move(answer)); });
    return judgement.get();
  }
  verify::Judgement judge(const std::string& token) {
    if (auto known = verifier.check_cached(token)) {
      return verify::Judgement::valid(*std::move(known), verify::Source::cache);
    }
    return ask(token);
  }
  /// `valid cache`, `valid redis`, `revoked jti`, …
  std::string verdict(const std::string& token) {
    const auto judgement = judge(token);
    const bool valid = judgement.verdict == verify::Verdict::valid;
    return std::string(name_of(judgement.verdict)) + " " +
           std::string(valid ? name_of(judgement.source) : judgement.cause());
  }
  /// Until it has a lease that was asked for from now on: then all that was pushed before is known.
  void catch_up() {
    do beat();
    while (!verifier.has_lease());
  }
  /// Until a heartbeat is over that begins from now on, whether or not it brings a lease.
  void beat() {
    const auto told = std::make_shared<std::promise<void>>();
    auto heard = told->get_future();
    verifier.catch_up([told] { told->set_value(); });
    heard.get();
  }

  const SystemClock system{};
  const verify::NeverBackClock clock{system};
  PolicyInForce policy;
  testing::SeededRandom random;
  LiveVerifier verifier;

 private:
  /// A test machine may be building something else.
  static LiveVerifierOptions with_patience(LiveVerifierOptions options) {
    options.feed.connection.timeout = seconds{20};
    options.feed.connection.connect_timeout = seconds{20};
    return options;
  }
};

class VerifierWorld : public StoreWorld {
 protected:
  VerifierWorld() { publish(core::Strategy::blacklist); }

  /// A policy that leaves it to each verifier how long its leases are.
  void publish(core::Strategy strategy) {
    const core::Policy policy{
        .strategy = strategy, .max_staleness = core::kLargestStaleness, .keys = keys.spelling()};
    client.policy.saw(policy);
    server.run("SET", keys.policy(), policy.text());
  }

  const core::Subject alice = subject_named("alice");
  const Keys& keys = client.keys;

  /// The access token of a session's live generation.
  static std::string token_of(const core::Subject& subject, const Uuid& sid,
                              const service::LiveGeneration& live) {
    verify::Claims claims;
    claims.set("sub", '"' + subject.text() + '"')
        .set("sid", '"' + sid.to_string() + '"')
        .set("jti", '"' + live.jti + '"')
        .set("iat", std::to_string(count(live.access.issued_at)))
        .set("exp", std::to_string(count(live.access.expires_at)));
    return verify::signed_token(claims);
  }
  static std::string token_of(const StoreClient::Opened& session) {
    return token_of(session.session.subject, session.session.sid, session.live);
  }
  /// How often Redis has been asked EXISTS: once a question, and by what opens a session.
  std::int64_t existences_asked() {
    const auto text = std::string(*server.run("INFO", "commandstats").text());
    const std::string name = "cmdstat_exists:calls=";
    const auto at = text.find(name);
    return at == std::string::npos ? 0 : std::stoll(text.substr(at + name.size()));
  }
};

}  // namespace recant::redis
