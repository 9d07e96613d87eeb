// Asks Redis what stands about a token: one GET for each of its keys and an EXISTS for its session,
// in one write. GET and not MGET, because MGET answers nothing for a key of another type, and then
// what a foreign hand wrote as a set would read as "not revoked"; GET answers WRONGTYPE.
//
// Whatever is not an answer to every part is Unavailable. Never writes.
// One a thread, like the connection it uses; not thread-safe.
#pragma once

#include "redis/commander.hpp"
#include "redis/keys.hpp"
#include "verify/revocation.hpp"

namespace recant::redis {

class RedisRevocationReader final : public verify::RevocationReader {
 public:
  template <class T>
  using Answer = Task<Result<T, verify::Unavailable>>;

  /// `redis` outlives the reader.
  RedisRevocationReader(Commander& redis, Keys keys) : redis_(redis), keys_(std::move(keys)) {}

  Answer<verify::RevocationAnswers> ask(const verify::VerifiedToken& token) override;
  /// Also `foreign` when what stands there is no reason (core::Reason), so that nothing else
  /// reaches an answer's header.
  Answer<core::Reason> read_reason(verify::RevokedBy by,
                                   const verify::VerifiedToken& token) override;

 private:
  Commander& redis_;
  const Keys keys_;
};

}  // namespace recant::redis
