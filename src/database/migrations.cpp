#include "database/migrations.hpp"

#include <soci/soci.h>

#include "database/alone.hpp"
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
    // One row at most, `id` 1: all keys of tokens, sealed, and how often they changed.
    {4,
     "CREATE TABLE key_set ("
     " id INTEGER NOT NULL PRIMARY KEY,"
     " version BIGINT NOT NULL,"
     " sealed TEXT NOT NULL)"},
};

constexpr int kLatest = kMigrations[std::size(kMigrations) - 1].version;

int read_version(soci::session& sql, const Engine& engine) {
  sql << engine.in_dialect(
      "CREATE TABLE IF NOT EXISTS schema_version ("
      " id INTEGER NOT NULL PRIMARY KEY, version INTEGER NOT NULL)");
  sql << "INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT (id) DO NOTHING";
  int version = 0;
  sql << "SELECT version FROM schema_version WHERE id = 1", soci::into(version);
  return version;
}

void run_steps(soci::session& sql, const Engine& engine, int from) {
  for (const Migration& step : kMigrations) {
    if (step.version > from) sql << engine.in_dialect(step.sql);
  }
  sql << "UPDATE schema_version SET version = :version WHERE id = 1", soci::use(kLatest);
}

}  // namespace

int schema_version() { return kLatest; }

Opened<void> migrate(const Engine& engine, soci::session& sql) {
  try {
    // Alone, so that of two processes the second sees the first one's work.
    Alone transaction(engine, sql);
    const int version = read_version(sql, engine);
    if (version > kLatest) {
      return OpenError{"The database " + engine.name() + " was written by a newer Recant (schema " +
                       std::to_string(version) + ", this version knows " + std::to_string(kLatest) +
                       "): run that version, or give this one another database.url."};
    }
    if (version < kLatest) run_steps(sql, engine, version);
    transaction.commit();
    return {};
  } catch (const soci::soci_error& error) {
    return OpenError{"The schema of the database " + engine.name() +
                     " cannot be brought up to date (" + reason_of(error) +
                     "): " + engine.remedy()};
  }
}

}  // namespace recant::database
