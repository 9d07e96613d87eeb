// What is looked at before a Redis is trusted with revocations: its version (and whether that has
// holes that are known, R34), that it is a master
// and no Cluster, that it evicts nothing, and whether it keeps anything on disk. A Redis that may
// evict forgets exactly the keys that carry a time to live: revocations and sessions (R01, R02).
//
// decide_fitness is pure; inspect asks first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "redis/commander.hpp"

namespace recant::redis {

struct InspectionOptions {
  /// `redis.accept_eviction`: an eviction policy becomes a warning.
  bool accept_eviction = false;
  /// Ask for what only the configuration tells, and only warnings need.
  bool ask_configuration = true;
};

/// What was found. Each text is one sentence that names the remedy.
struct Fitness {
  std::vector<std::string> refusals;  ///< none: fit to serve
  std::vector<std::string> warnings;
  std::string version;  ///< as INFO gives it; of Valkey, Valkey's own
};

/// What the configuration says, where we may ask for it (INFO does not tell).
struct PersistenceSettings {
  std::optional<std::string> save;         ///< "" if there are no snapshots
  std::optional<std::string> appendfsync;  ///< always, everysec, no
};

/// From the text that INFO answers (sections server, memory, persistence, replication at least).
Fitness decide_fitness(std::string_view info, const PersistenceSettings& settings,
                       const InspectionOptions& options);

/// Asks `redis` for INFO and CONFIG GET (which an ACL may deny), and decides.
Task<Result<Fitness, RedisError>> inspect(Commander& redis, InspectionOptions options);

}  // namespace recant::redis
