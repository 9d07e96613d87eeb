// The database: a handful of open connections with an up-to-date schema. What stands here is
// committed to disk before anybody is told so. A connection that was lost is made again when it is
// next needed; until that succeeds whoever asks is told at once. SOCI stays in this room's .cpp
// files.
//
// Thread-safe. Every call blocks on the disk, so it belongs on a WorkerPool or into start-up,
// never on an I/O thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "database/engine.hpp"
#include "database/postgresql_url.hpp"
#include "database/watchdog.hpp"

namespace recant::database {

struct DatabaseOptions {
  /// How many threads can use the database at a time. At least 1.
  std::size_t connections = 3;
  /// How long a statement waits for another process that holds a lock. Whole seconds.
  std::chrono::seconds busy_timeout{5};
  /// What the set-up of a connection may take, once the server has let us in.
  std::chrono::milliseconds longest_set_up = std::chrono::seconds{3};
  /// What one piece of work may take; then its connection is taken for lost.
  std::chrono::milliseconds longest_work = std::chrono::seconds{30};
  /// Told why a statement failed, for the log; never what was in it. Called on any thread.
  std::function<void(std::string_view why)> on_trouble = [](std::string_view) {};
};

/// There is no connection, and none can be made.
class Unavailable final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Database {
 public:
  /// Opens or creates the file (0600; WAL, synchronous=FULL) and brings its schema up to date.
  static Opened<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file,
                                                       DatabaseOptions options);
  /// Connects and brings the schema up to date.
  static Opened<std::unique_ptr<Database>> open_postgresql(const PostgresqlTarget& target,
                                                           DatabaseOptions options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// A connection for one thread, given back at the end of the lease.
  class Lease {
   public:
    Lease(Database& owner, std::unique_ptr<soci::session> session);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    soci::session& operator*() const { return *session_; }

   private:
    Database& owner_;
    std::unique_ptr<soci::session> session_;
    std::optional<Watched> watched_;
  };

  /// Throws Unavailable; and std::logic_error when all connections are out: as many threads as
  /// connections is the caller's business.
  Lease lease();

  const Engine& engine() const { return *engine_; }
  std::size_t connections() const { return options_.connections; }
  void report(std::string_view why) const { options_.on_trouble(why); }

 private:
  using Session = std::unique_ptr<soci::session>;

  Database(std::unique_ptr<const Engine> engine, DatabaseOptions options);
  static Opened<std::unique_ptr<Database>> open(std::unique_ptr<const Engine> engine,
                                                DatabaseOptions options);
  Session take_idle();
  Session reconnect();
  void give_back(Session session);

  const std::unique_ptr<const Engine> engine_;
  const DatabaseOptions options_;
  const std::unique_ptr<Watchdog> watchdog_;  // none where no connection has a socket
  std::mutex mutex_;
  // Guarded by mutex_:
  std::vector<Session> idle_;  // null where a connection was lost
  std::string lost_;           // why none can be made, while that is so
  std::chrono::steady_clock::time_point again_at_{};
};

}  // namespace recant::database
