// What follows a subject's watermark, batch by batch: its sessions are closed, and with
// `redis.foreign_writers` what other services whitelisted for it is looked for and taken back.
//
// Belongs to one thread, like the Commander.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "redis/commander.hpp"
#include "redis/keys.hpp"
#include "redis/scripts.hpp"
#include "service/session_store.hpp"

namespace recant::redis {

struct SessionTidyingOptions {
  /// Walks through the whole database (SCAN) behind the sessions.
  bool foreign_writers = false;
  /// How long a token may live whose place has no end.
  milliseconds unknown_life{};
};

class SessionTidying {
 public:
  /// All of these outlive it.
  SessionTidying(Commander& redis, const Keys& keys, const Scripts& scripts,
                 SessionTidyingOptions options)
      : redis_(redis), keys_(keys), scripts_(scripts), options_(options) {}

  /// service::SessionStore::tidy.
  Task<service::Stored<service::Tidied>> batch(core::Subject subject, core::Reason reason,
                                               std::string after);

 private:
  using Texts = std::vector<std::string>;
  struct Closed {
    std::int64_t sessions;
    bool finished;
  };
  Task<service::Stored<Closed>> close_some(const core::Subject& subject,
                                           const core::Reason& reason);
  struct Walked {
    std::string cursor;  // behind what has been looked at
  };
  Task<service::Stored<Walked>> walk_on(const core::Subject& subject, const core::Reason& reason,
                                        std::string cursor);
  Task<service::Stored<void>> take_back(const core::Subject& subject, const core::Reason& reason,
                                        std::span<const std::string> places);

  Commander& redis_;
  const Keys& keys_;
  const Scripts& scripts_;
  const SessionTidyingOptions options_;
};

}  // namespace recant::redis
