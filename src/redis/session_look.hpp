// What stands of one session, for service/introspection: read in two round trips, and again where a
// refresh came in between. Nothing is written.
//
// Lives on the stack of one call; not thread-safe.
#pragma once

#include <optional>

#include "redis/commander.hpp"
#include "redis/keys.hpp"
#include "redis/session_record.hpp"
#include "service/session_store.hpp"

namespace recant::redis {

class SessionLook {
 public:
  SessionLook(Commander& redis, const Keys& keys, core::Subject subject, Uuid sid)
      : redis_(redis), keys_(keys), subject_(std::move(subject)), sid_(sid) {}

  Task<service::Stored<service::SessionSight>> see();

 private:
  /// Nothing when another generation is live by now.
  Task<service::Stored<std::optional<service::SessionSight>>> see_once();
  /// The record, and what holds for all of the session; `into` takes the latter.
  Task<service::Stored<std::optional<RefreshRecord>>> read_session(service::SessionSight& into);
  /// Of each token, and of the live refresh token; false when another generation is live by now.
  Task<service::Stored<bool>> read_tokens(RefreshRecord& record, service::SessionSight& into);
  service::Stored<std::optional<RefreshRecord>> parse(const Reply& reply) const;

  Commander& redis_;
  const Keys& keys_;
  const core::Subject subject_;
  const Uuid sid_;
};

}  // namespace recant::redis
