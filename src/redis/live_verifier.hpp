// A verifier that lives: its memory, its connection to Redis, and the one thread that hears from
// it. Whoever checks is on a thread of his own: what is in memory he is told there and then; what
// is not is posted to this thread, which asks.
//
// Thread-safe but for stop() and the destructor, which must come last.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "redis/revocation_feed.hpp"
#include "verify/questions.hpp"
#include "verify/token_judge.hpp"
#include "verify/verifier.hpp"

namespace recant::redis {

struct LiveVerifierOptions {
  std::size_t cache_entries = 65'536;
  FeedOptions feed{};
  verify::QuestionOptions questions{};
};

class LiveVerifier final : public verify::TokenJudge {
 public:
  struct Needs {
    std::shared_ptr<const Target> target;
    Keys keys;
    PolicyInForce& policy;
    std::shared_ptr<const verify::AccessTokenVerifier> tokens;
    const verify::NeverBackClock& clock;
    RandomSource& random;
    ConnectionObserver* observer = nullptr;  ///< told on the verifier's thread
  };

  /// Starts the thread and begins to connect. What it needs outlives it.
  LiveVerifier(Needs needs, const LiveVerifierOptions& options);
  /// As stop().
  ~LiveVerifier() override;
  LiveVerifier(const LiveVerifier&) = delete;
  LiveVerifier& operator=(const LiveVerifier&) = delete;

  std::optional<verify::Identity> check_cached(std::string_view token) const override;
  /// Judges form, signature and claims on the caller's thread, and what is good so far by asking
  /// Redis.
  void check(std::string token, verify::Answered answered) override;
  void catch_up(std::function<void()> done) override;

  void use(std::shared_ptr<const verify::AccessTokenVerifier> tokens);
  std::shared_ptr<const verify::AccessTokenVerifier> tokens() const;
  bool has_lease() const;
  std::optional<SteadyInstant::duration> lease_age() const override;

  /// Ends every check that is under way, at the latest after the time-out of a command, and joins
  /// the thread. Not from an `answered`.
  void stop();

 private:
  class Thread;
  verify::Verifier verifier_;
  std::unique_ptr<Thread> thread_;
};

}  // namespace recant::redis
