#include "database/sqlite.hpp"

#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "database/sql_error.hpp"

namespace recant::database {
namespace {

OpenError cannot(const std::string& what, const std::filesystem::path& file,
                 const std::string& why) {
  return {"The database " + file.string() + " cannot be " + what + " (" + why +
          "): make the file and its directory writable for this user, or name another place in "
          "database.url."};
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// Before SQLite does it, so that the file is never readable by others, not for a moment.
Opened<void> create_private(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    if (errno == EEXIST) return {};
    return cannot("created", file, std::generic_category().message(errno));
  }
  ::close(fd);
  const int directory = ::open(directory_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return cannot("created", file, std::generic_category().message(errno));
  const int synced = ::fsync(directory);
  const int error = errno;
  ::close(directory);
  if (synced != 0) return cannot("created", file, std::generic_category().message(error));
  return {};
}

Opened<void> check_writable(const std::filesystem::path& file) {
  // SQLite would quietly open a file that it may not write, and say so at the first write.
  if (::access(file.c_str(), R_OK | W_OK) != 0) {
    return cannot("opened", file, std::generic_category().message(errno));
  }
  if (::access(directory_of(file).c_str(), W_OK | X_OK) != 0) {
    return cannot("written", file, "its directory: " + std::generic_category().message(errno));
  }
  return {};
}

/// It holds the hashes of passwords and admin keys: whoever writes them can sign in as anybody.
Opened<void> check_private(const std::filesystem::path& file) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const std::string name = file.string() + suffix;
    struct stat status {};
    if (::stat(name.c_str(), &status) != 0) continue;
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) continue;
    return OpenError{"The database file " + name +
                     " holds hashes of passwords and keys and is open to others than its owner: "
                     "run chmod 600 " +
                     name + "."};
  }
  return {};
}

/// SQLite does not apply its busy time-out to a change of the journal's mode, and two processes
/// that create the file at the same moment both make it.
std::string switch_to_wal(soci::session& sql, std::chrono::seconds busy_timeout) {
  const auto deadline = std::chrono::steady_clock::now() + busy_timeout;
  for (;;) {
    try {
      std::string mode;
      sql << "PRAGMA journal_mode = WAL", soci::into(mode);
      return mode;
    } catch (const soci::sqlite3_soci_error& error) {
      if (error.result() != SQLITE_BUSY || std::chrono::steady_clock::now() >= deadline) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Opened<void> set_up(soci::session& sql, const std::filesystem::path& file,
                    std::chrono::seconds busy_timeout) {
  if (switch_to_wal(sql, busy_timeout) != "wal") {
    return cannot("opened", file,
                  "its file system cannot share memory, which a write-ahead log needs");
  }
  sql << "PRAGMA synchronous = FULL";
  sql << "PRAGMA foreign_keys = ON";
  return {};
}

class Sqlite final : public Engine {
 public:
  Sqlite(std::filesystem::path file, std::chrono::seconds busy_timeout)
      : file_(std::move(file)), name_(file_.string()), busy_timeout_(busy_timeout) {}

  const std::string& name() const override { return name_; }
  std::string remedy() const override {
    return "make the file and its directory writable for this user, with space left, and check "
           "that it is Recant's database.";
  }
  bool is_shared() const override { return false; }

  Opened<std::unique_ptr<soci::session>> connect(Watchdog*) const override;
  int socket_of(soci::session&) const override { return -1; }
  bool is_alive(soci::session&) const override { return true; }

  void begin_alone(soci::session& sql) const override { sql << "BEGIN IMMEDIATE"; }
  void write_something(soci::session& sql) const override {
    // SQLite leaves out a row that stays as it is, but not this number, which nobody reads: it
    // goes to the disk like any row, so a disk that is full refuses it as a lock does.
    sql << "PRAGMA user_version = 0";
  }
  std::string in_dialect(std::string_view step) const override { return std::string(step); }

 private:
  const std::filesystem::path file_;
  const std::string name_;
  const std::chrono::seconds busy_timeout_;
};

Opened<std::unique_ptr<soci::session>> Sqlite::connect(Watchdog*) const {
  // SOCI's connection string has no way to write it.
  if (name_.find('"') != std::string::npos) {
    return cannot("opened", file_, "its path has a quotation mark in it");
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(file_, ignored)) {
    return OpenError{"The database " + name_ +
                     " is a directory: name a file in database.url, as in sqlite:/path/recant.db."};
  }
  if (auto created = create_private(file_); !created) return created.error();
  if (auto writable = check_writable(file_); !writable) return writable.error();
  if (auto is_private = check_private(file_); !is_private) return is_private.error();
  try {
    auto session = std::make_unique<soci::session>(
        soci::sqlite3, "db=\"" + name_ + "\" timeout=" + std::to_string(busy_timeout_.count()));
    if (auto ready = set_up(*session, file_, busy_timeout_); !ready) return ready.error();
    return session;
  } catch (const soci::soci_error& error) {
    return cannot("opened", file_, reason_of(error));
  }
}

}  // namespace

std::unique_ptr<const Engine> sqlite_engine(std::filesystem::path file,
                                            std::chrono::seconds busy_timeout) {
  return std::make_unique<const Sqlite>(std::move(file), busy_timeout);
}

}  // namespace recant::database
