// Sessions in Redis (docs/redis-keys.md). What checks and then acts is one Lua script, so it is
// atomic and takes one round trip; the rules are core/refresh_family's.
//
// Whatever Redis answers that a script does not promise is StoreUnavailable.
// One a thread, like the connection it uses; not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "redis/commander.hpp"
#include "redis/keys.hpp"
#include "redis/policy_in_force.hpp"
#include "redis/scripts.hpp"
#include "service/session_store.hpp"

namespace recant::redis {

struct SessionStoreOptions {
  /// How long any session may last (`refresh.absolute_ttl`). Says for how long a revocation stands
  /// when Redis has lost what it knew of the sessions; what was really issued counts otherwise.
  milliseconds longest_life = std::chrono::hours{90 * 24};
  /// How long what others issued may live: tokens of other issuers, refresh tokens that may be
  /// adopted. Nobody here knows which there are, so what may have to hold one of them down stands
  /// at least for so long.
  milliseconds longest_foreign_life{0};
  /// Others whitelist tokens too: what ends a subject looks for theirs (`redis.foreign_writers`).
  bool foreign_writers = false;
};

class RedisSessionStore final : public service::SessionStore {
 public:
  template <class T>
  using Answer = Task<service::Stored<T>>;

  /// `redis`, `policy` and `scripts` outlive the store.
  RedisSessionStore(Commander& redis, Keys keys, const PolicyInForce& policy,
                    SessionStoreOptions options = {}, const Scripts& scripts = Scripts::embedded());

  /// `earliest_begin` is UnixMillis::max() while a foreign watermark covers everything.
  Answer<service::LoginGate> read_gate(core::Subject subject) override;
  Answer<service::OpenOutcome> open(service::NewSession session) override;
  Answer<service::RotationOutcome> rotate(service::Rotation rotation) override;
  /// redis/session_look.
  Answer<service::SessionSight> look(core::Subject subject, Uuid sid) override;
  /// Reads only. A page may be shorter than `limit`, even empty, while `next` says that there are
  /// more (redis/session_list).
  Answer<service::SessionPage> list(core::Subject subject, std::string after, int limit) override;
  Answer<bool> close(core::Subject subject, Uuid sid, core::Reason reason,
                     UnixMillis at_least_until) override;
  Answer<bool> close_existing(core::Subject subject, Uuid sid, core::Reason reason) override;
  Answer<void> blacklist_session(std::string session, core::Reason reason) override;
  /// The watermark is UnixMillis::max() where a foreign one covers everything anyway.
  Answer<service::SubjectRevoked> revoke_subject(core::Subject subject,
                                                 core::Reason reason) override;
  /// redis/session_tidying.
  Answer<service::Tidied> tidy(core::Subject subject, core::Reason reason,
                               std::string after) override;
  Answer<UnixMillis> revoke_all(core::Reason reason) override;
  Answer<service::TokenRevoked> revoke_token(std::string jti, UnixSeconds expires_at,
                                             core::Reason reason,
                                             std::optional<core::Subject> subject) override;
  Answer<void> probe() override;

 private:
  using Texts = std::vector<std::string>;
  /// The elements of the script's answer.
  Answer<std::vector<Reply>> call(const Script& script, const Texts& keys, const Texts& arguments);
  Answer<bool> close_session(const core::Subject& subject, const Uuid& sid,
                             const core::Reason& reason, UnixMillis at_least_until,
                             bool existing_only);

  Commander& redis_;
  const Keys keys_;
  const PolicyInForce& policy_;
  const SessionStoreOptions options_;
  const Scripts& scripts_;
};

}  // namespace recant::redis
