// Asks Redis what stands about a token: one GET for each of its keys, an EXISTS for its session, a
// GET for the policy, Redis's time and role, in one write. GET and not MGET, because MGET answers
// nothing for a key of another type, and then what a foreign hand wrote as a set would read as "not
// revoked"; GET answers WRONGTYPE. Asked again, with the whitelist, when the policy turns out to
// want it.
//
// Whatever is not an answer to every part is Unavailable. Never writes.
// One a thread, like the connection it uses; not thread-safe.
#pragma once

#include "redis/commander.hpp"
#include "redis/keys.hpp"
#include "redis/policy_in_force.hpp"
#include "verify/revocation.hpp"

namespace recant::redis {

class RedisRevocationReader final : public verify::RevocationReader {
 public:
  template <class T>
  using Answer = Task<Result<T, verify::Unavailable>>;

  /// `redis` and `policy` outlive the reader.
  RedisRevocationReader(Commander& redis, Keys keys, PolicyInForce& policy)
      : redis_(redis), keys_(std::move(keys)), policy_(policy) {}

  std::vector<std::string> watched_keys(const verify::Identity& token) const override;
  milliseconds allow_cached_for() const override { return policy_.goes_by().allow_cached_for; }
  Answer<verify::RevocationAnswers> ask(const verify::Identity& token) override;
  /// Also `foreign` when what stands there is no reason (core::Reason), so that nothing else
  /// reaches an answer's header.
  Answer<core::Reason> read_reason(verify::RevokedBy by, const verify::Identity& token) override;

 private:
  Answer<verify::RevocationAnswers> ask_once(const verify::Identity& token, bool asks_place);

  Commander& redis_;
  const Keys keys_;
  PolicyInForce& policy_;
};

}  // namespace recant::redis
