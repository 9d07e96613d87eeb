// The database: a handful of open connections with an up-to-date schema. What stands here is
// committed to disk before anybody is told so. SOCI stays in this room's .cpp files.
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
#include <string_view>
#include <vector>

#include "database/open_error.hpp"

namespace soci {
class session;
}

namespace recant::database {

struct DatabaseOptions {
  /// How many threads can use the database at a time. At least 1.
  std::size_t connections = 3;
  /// How long a statement waits for another process that holds the write lock. Whole seconds.
  std::chrono::seconds busy_timeout{5};
  /// Told why a statement failed, for the log; never what was in it. Called on any thread.
  std::function<void(std::string_view why)> on_trouble = [](std::string_view) {};
};

class Database {
 public:
  /// Opens or creates the file (0600; WAL, synchronous=FULL) and brings its schema up to date.
  static Opened<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file,
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
  };

  /// Throws std::logic_error when all connections are out: as many threads as connections is the
  /// caller's business.
  Lease lease();

  std::size_t connections() const { return options_.connections; }
  void report(std::string_view why) const { options_.on_trouble(why); }

 private:
  explicit Database(DatabaseOptions options);

  const DatabaseOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<soci::session>> idle_;  // guarded by mutex_
};

}  // namespace recant::database
