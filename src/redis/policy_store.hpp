// The policy as it stands in Redis: written by whoever serves, changed only on purpose
// (docs/adr/0011).
//
// Stateless; belongs to the thread of the Commander that it is given.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/policy.hpp"
#include "redis/commander.hpp"
#include "redis/keys.hpp"
#include "service/revocation_bound.hpp"

namespace recant::redis {

struct StandingPolicy {
  std::string text;                    // as it stands; empty for what is no text
  std::optional<core::Policy> policy;  // nothing for one that is not known here
  std::string before{};                // what stood until then; empty for nothing, or no text
};

/// Writes `policy` where none stands, over whatever stands with `replace`, and tells what stands
/// then. What an earlier version wrote is completed by `policy`'s max_staleness where they agree on
/// all else, and by the form of its keys where that is tagged and no form is named; a form that is
/// named stays, but under `replace`. Over another max_staleness it is written until when leases by
/// that may run. What is passed outlives the task.
Task<Result<StandingPolicy, RedisError>> publish_policy(Commander& redis, const Keys& keys,
                                                        const core::Policy& policy, bool replace);

/// By which leases verifiers may judge, as the policy says it.
///
/// One a thread, like the connection it uses; not thread-safe.
class PublishedLeases final : public service::VerifierLeases {
 public:
  /// `redis` outlives it.
  PublishedLeases(Commander& redis, Keys keys) : redis_(redis), keys_(std::move(keys)) {}

  /// Nothing also for a policy that says nothing of leases: what stood before it, it may have been
  /// written over by a version that did not know.
  Task<service::Stored<std::optional<milliseconds>>> largest() override;

 private:
  Commander& redis_;
  const Keys keys_;
};

}  // namespace recant::redis
