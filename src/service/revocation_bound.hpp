// When does every verifier know of a revocation? Nobody acknowledges that. A verifier that was told
// nothing goes by a lease that it was granted before, and no lease outlives the policy by which it
// was granted; so who waits that long knows, however many verifiers there are (promise G2).
//
// One a thread; not thread-safe.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "service/session_store.hpp"

namespace recant::service {

/// When a revocation was acknowledged by the store: for people, and to measure from.
struct Enforced {
  UnixMillis wall;
  SteadyInstant steady;

  static Enforced now(const Clock& clock) { return {clock.wall(), clock.steady()}; }
};

/// Of how long leases verifiers may judge by. One a thread; not thread-safe.
class VerifierLeases {
 public:
  virtual ~VerifierLeases() = default;

  /// The longest that may run now. Nothing where no policy that is known here stands to say so.
  virtual Task<Stored<std::optional<milliseconds>>> largest() = 0;
};

class RevocationBound {
 public:
  /// Both outlive it.
  RevocationBound(VerifierLeases& leases, const Clock& clock) : leases_(leases), clock_(clock) {}

  /// Returns when no verifier judges any more by what it knew before `enforced`: at most
  /// core::kLargestStaleness and 1 % after it. Whoever ends its io_context meanwhile ends it.
  Task<void> pass(Enforced enforced);

 private:
  VerifierLeases& leases_;
  const Clock& clock_;
};

}  // namespace recant::service
