// What a server holds beside its I/O threads: the data directory, Redis, keys, the database and the
// workers. Opened in the order in which a mistake costs least, closed in the reverse.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/data_directory.hpp"
#include "app/key_thread.hpp"
#include "app/log.hpp"
#include "app/password_workers.hpp"
#include "app/refusal.hpp"
#include "base/random.hpp"
#include "database/database.hpp"
#include "database/sql_accounts.hpp"
#include "database/sql_admin_keys.hpp"
#include "redis/private_redis.hpp"
#include "redis/url.hpp"
#include "service/admin_keys.hpp"
#include "verify/access_token.hpp"

namespace recant::app {

struct Surroundings {
  const Clock& clock;
  RandomSource& random;
  Log& log;
  std::string search_path;  // PATH, where redis-server is looked for
};

/// Immutable or thread-safe, all of it. Made and destroyed on the main thread.
struct Resources {
  /// Every refusal leaves things as they were, but for what a later start would make anyway.
  static OrRefusal<std::unique_ptr<Resources>> open(const Config& config,
                                                    const Surroundings& around);

  DataDirectory directory;
  std::unique_ptr<redis::PrivateRedisObserver> redis_observer;
  std::unique_ptr<redis::PrivateRedis> private_redis;  // none when redis.url is set
  std::shared_ptr<const redis::Target> redis;
  std::unique_ptr<database::Database> database;
  service::AdminKeys admin_keys;
  std::unique_ptr<KeyThread> keys;
  std::vector<verify::ForeignIssuer> foreign_issuers;
  database::SqlAccounts accounts;
  database::SqlAdminKeys admin_key_store;
  PasswordWorkers hasher;
};

/// Where threads = 0 means one a core.
std::size_t thread_count(std::int64_t configured);

}  // namespace recant::app
