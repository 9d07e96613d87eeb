// The port to a verifier: is this token good? A use case asks it and knows of no connection and no
// thread. redis::LiveVerifier implements it.
//
// Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "verify/identity.hpp"
#include "verify/judgement.hpp"

namespace recant::verify {

/// Must neither block nor throw.
using Answered = std::function<void(Judgement judgement)>;

class TokenJudge {
 public:
  virtual ~TokenJudge() = default;

  /// Nothing: not known, so check() must be asked. Never blocks.
  virtual std::optional<Identity> check_cached(std::string_view token) const = 0;
  /// `answered` is called exactly once: on this thread before it returns, or later on one of the
  /// judge's own.
  virtual void check(std::string token, Answered answered) = 0;
  /// Calls `done`, once, when what Redis had been told before this call is known here, or when that
  /// cannot be found out; like `answered`, on whichever thread.
  virtual void catch_up(std::function<void()> done) = 0;
  /// How long ago that was asked which granted the last lease; nothing before the first.
  virtual std::optional<SteadyInstant::duration> lease_age() const = 0;
};

}  // namespace recant::verify
