// The verifier's memory: which tokens were found good, and whether that still stands. Judging from
// it takes no lock, no signature and no I/O; what it does not know must be asked
// (verify/questions).
//
// Thread-safety: what is under "any thread" may be called by any number of threads at once, the
// rest by one thread only, the one that hears from Redis. Why a verdict is never given later than
// the lease allows after its token was revoked: docs/revocation-bound.md.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "verify/access_token.hpp"
#include "verify/identity.hpp"
#include "verify/lease.hpp"
#include "verify/never_back_clock.hpp"
#include "verify/stamps.hpp"
#include "verify/verdict_cache.hpp"

namespace recant::verify {

/// A token whose signature and claims were found good, now or when it was remembered, on its way to
/// be asked about.
class Question {
 public:
  const std::string& token() const { return token_; }
  const Identity& identity() const { return identity_; }
  /// Was a lease in force when its check began? Only then may it share another's answer.
  bool under_lease() const { return under_lease_; }

 private:
  friend class Verifier;
  Question(std::string token, Identity identity, UnixMillis expired_at)
      : token_(std::move(token)), identity_(std::move(identity)), expired_at_(expired_at) {}

  std::string token_;
  Identity identity_;
  UnixMillis expired_at_;
  std::uint64_t keys_ = 0;
  bool under_lease_ = false;
};

class Verifier {
 public:
  /// Room for so many tokens (see VerdictCache). `clock` and `random` outlive it; `clock` is the
  /// one whose wall time does not go back.
  Verifier(std::size_t cache_entries, std::shared_ptr<const AccessTokenVerifier> tokens,
           const NeverBackClock& clock, RandomSource& random);

  // Any thread.

  /// Nothing: not known, so it must be asked. Never blocks.
  std::optional<Identity> check_cached(std::string_view token) const;
  /// The same, told: false: not known.
  bool check_cached(std::string_view token, Listener& listener) const;
  /// Form, signature and claims: what can be judged of a token without asking. No signature is
  /// verified that these very keys have verified before, as long as that is remembered: whatever
  /// was pushed or lost since, it costs a question and nothing else.
  Result<Question, TokenError> begin(std::string token) const;
  /// What was found good no longer ago than `allowed`, although nobody can tell by now whether it
  /// was revoked meanwhile; but nothing of which it is known that it changed.
  std::optional<Identity> recall(std::string_view token, milliseconds allowed) const;
  /// Other keys: whatever was found good by the earlier ones is to be verified again.
  void use(std::shared_ptr<const AccessTokenVerifier> tokens);
  std::shared_ptr<const AccessTokenVerifier> tokens() const;
  bool has_lease() const { return lease_.covers(clock_.steady()); }
  /// See Lease::age.
  std::optional<SteadyInstant::duration> lease_age() const { return lease_.age(clock_.steady()); }

  // The thread that hears from Redis.

  void key_changed(std::string_view key) { stamps_.raise(stamps_.place_of(key)); }
  /// Redis has told of something that is about everything.
  void everything_changed() { stamps_.raise_everything(); }
  /// Anything may have changed, and nobody was told.
  void may_have_missed() { stamps_.raise_unheard(); }
  void grant_lease(SteadyInstant since, milliseconds length);
  void end_lease() { lease_.end(); }

  Places places_of(std::span<const std::string> keys) const;
  /// To be noted before Redis is asked.
  Noted note(const Question& question, const Places& places) const;
  bool stands(const Places& places, const Noted& noted) const;
  /// Redis has said that it is good, after `noted` was noted.
  void found_good(const Question& question, const Places& places, const Noted& noted);
  /// Redis has said that it is dead: it is not recalled either.
  void found_dead(const Question& question) { cache_.forget(question.token()); }

 private:
  std::optional<VerdictCache::Found> find_standing(std::string_view token) const;
  bool is_unchanged(const Places& places, const Noted& noted) const;
  struct Good {
    Identity identity;
    UnixMillis expired_at;
  };
  using Known = Result<Good, TokenError>;
  std::optional<Known> verified_before(std::string_view token, std::uint64_t keys) const;
  Known verify_now(std::string_view token) const;
  UnixMillis wall_at(SteadyInstant now) const;

  const NeverBackClock& clock_;
  Stamps stamps_;
  VerdictCache cache_;

  // What every check reads and hardly anybody writes, apart from what others write often.
  alignas(64) Lease lease_;
  std::atomic<SteadyInstant::rep> wall_ahead_{0};  // of the steady clock, as a lease was granted
  std::atomic<std::uint64_t> keys_{0};             // raised after tokens_ was replaced

  alignas(64) mutable std::mutex mutex_;
  std::shared_ptr<const AccessTokenVerifier> tokens_;  // guarded by mutex_
};

}  // namespace recant::verify
