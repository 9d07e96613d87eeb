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

}  // namespace

Opened<std::unique_ptr<soci::session>> open_sqlite_session(const std::filesystem::path& file,
                                                           std::chrono::seconds busy_timeout) {
  const std::string name = file.string();
  // SOCI's connection string has no way to write it.
  if (name.find('"') != std::string::npos) {
    return cannot("opened", file, "its path has a quotation mark in it");
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return OpenError{"The database " + name +
                     " is a directory: name a file in database.url, as in sqlite:/path/recant.db."};
  }
  if (auto created = create_private(file); !created) return created.error();
  if (auto writable = check_writable(file); !writable) return writable.error();
  if (auto is_private = check_private(file); !is_private) return is_private.error();
  try {
    auto session = std::make_unique<soci::session>(
        soci::sqlite3, "db=\"" + name + "\" timeout=" + std::to_string(busy_timeout.count()));
    if (auto ready = set_up(*session, file, busy_timeout); !ready) return ready.error();
    return session;
  } catch (const soci::soci_error& error) {
    return cannot("opened", file, reason_of(error));
  }
}

}  // namespace recant::database
