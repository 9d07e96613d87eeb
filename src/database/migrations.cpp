#include "database/migrations.hpp"

#include <soci/soci.h>

#include "database/sql_error.hpp"

namespace recant::database {
namespace {

struct Migration {
  int version;
  const char* sql;  // one statement
};

// Append only: what has been released is never changed. Several statements may share a version.
// Portable SQL: text ids, times as Unix milliseconds, flags as 0 or 1.
constexpr Migration kMigrations[] = {
    // `folded_name` makes a name unique regardless of case; `user_id` (UUIDv7) sorts by age.
    {1,
     "CREATE TABLE accounts ("
     " user_id TEXT NOT NULL PRIMARY KEY,"
     " username TEXT NOT NULL,"
     " folded_name TEXT NOT NULL UNIQUE,"
     " password_hash TEXT NOT NULL,"
     " scope TEXT NOT NULL,"
     " claims_json TEXT NOT NULL,"
     " disabled INTEGER NOT NULL,"
     " created_at BIGINT NOT NULL)"},
    {1,
     "CREATE TABLE admin_keys ("
     " name TEXT NOT NULL PRIMARY KEY,"
     " sha256 TEXT NOT NULL UNIQUE,"
     " scopes INTEGER NOT NULL,"
     " created_at BIGINT NOT NULL)"},
    // 0: never.
    {2, "ALTER TABLE admin_keys ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0"},
    // Who had every scope has the new one too (introspect, 16): nobody grants what he lacks.
    {3, "UPDATE admin_keys SET scopes = 31 WHERE scopes = 15"},
};

constexpr int kLatest = kMigrations[std::size(kMigrations) - 1].version;

void run_steps(soci::session& sql, int from) {
  for (const Migration& step : kMigrations) {
    if (step.version > from) sql << step.sql;
  }
  sql << "UPDATE schema_version SET version = :version WHERE id = 1", soci::use(kLatest);
}

}  // namespace

int schema_version() { return kLatest; }

Opened<void> migrate(soci::session& sql, const std::string& name) {
  try {
    sql << "CREATE TABLE IF NOT EXISTS schema_version ("
           " id INTEGER NOT NULL PRIMARY KEY, version INTEGER NOT NULL)";
    sql << "INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT (id) DO NOTHING";

    soci::transaction transaction(sql);
    // Writing first takes the lock, so that of two processes the second sees the first one's work.
    sql << "UPDATE schema_version SET version = version WHERE id = 1";
    int version = 0;
    sql << "SELECT version FROM schema_version WHERE id = 1", soci::into(version);
    if (version > kLatest) {
      return OpenError{"The database " + name + " was written by a newer Recant (schema " +
                       std::to_string(version) + ", this version knows " + std::to_string(kLatest) +
                       "): run that version, or give this one another database.url."};
    }
    if (version < kLatest) run_steps(sql, version);
    transaction.commit();
    return {};
  } catch (const soci::soci_error& error) {
    return OpenError{"The schema of the database " + name + " cannot be brought up to date (" +
                     reason_of(error) +
                     "): make the file and its directory writable for this user, with space left, "
                     "and check that it is Recant's database."};
  }
}

}  // namespace recant::database
