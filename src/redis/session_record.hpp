// The session record as it is read: HGETALL of `session:user:<sub>:<sid>` (docs/redis-keys.md lists
// the fields; redis/scripts writes them). Stateless, thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/refresh_family.hpp"
#include "redis/reply.hpp"
#include "service/session_store.hpp"

namespace recant::redis {

/// For people. Nothing when no record of ours stands there.
std::optional<service::SessionEntry> parse_session_record(const Uuid& sid, const Reply& record);

/// As the rules of refresh know it, but for what stands beside the record: of each token whether it
/// was revoked, and whether one that was whitelisted still stands.
struct RefreshRecord {
  core::RefreshFamily family;
  std::map<core::Generation, std::string> jtis;  // of family.access
  std::string key_id;
  std::string refresh_id;  // of the live generation
  std::string scope;
};
/// Nothing when a field is missing or not as it must be.
std::optional<RefreshRecord> parse_refresh_record(const Uuid& sid, const Reply& record);

}  // namespace recant::redis
