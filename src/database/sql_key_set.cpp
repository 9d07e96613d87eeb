#include "database/sql_key_set.hpp"

#include <soci/soci.h>

#include "database/sql_error.hpp"

namespace recant::database {
namespace {

std::optional<SealedKeySet> select_one(soci::session& sql) {
  long long version = 0;
  std::string sealed;
  sql << "SELECT version, sealed FROM key_set WHERE id = 1", soci::into(version),
      soci::into(sealed);
  if (!sql.got_data()) return std::nullopt;
  return SealedKeySet{version, std::move(sealed)};
}

std::int64_t select_version(soci::session& sql) {
  long long version = 0;
  sql << "SELECT version FROM key_set WHERE id = 1", soci::into(version);
  return sql.got_data() ? version : 0;
}

/// Each is one statement, so a transaction of its own.
bool write(soci::session& sql, const SealedKeySet& next) {
  const long long version = next.version;
  const long long before = version - 1;
  if (before == 0) {
    soci::statement insert =
        (sql.prepare << "INSERT INTO key_set (id, version, sealed) VALUES (1, :version, :sealed)"
                        " ON CONFLICT (id) DO NOTHING",
         soci::use(version), soci::use(next.sealed));
    insert.execute(true);
    return insert.get_affected_rows() > 0;
  }
  soci::statement update = (sql.prepare << "UPDATE key_set SET version = :version, sealed = :sealed"
                                           " WHERE id = 1 AND version = :before",
                            soci::use(version), soci::use(next.sealed), soci::use(before));
  update.execute(true);
  return update.get_affected_rows() > 0;
}

template <class Work>
auto run(Database& database, const Work& work)
    -> Result<std::invoke_result_t<const Work&, soci::session&>, SqlKeySet::Refused> {
  std::string why;
  try {
    const Database::Lease lease = database.lease();
    return work(*lease);
  } catch (const Unavailable& lost) {
    return std::string(lost.what());
  } catch (const soci::soci_error& error) {
    why = reason_of(error);
  } catch (const std::exception& error) {
    why = error.what();
  }
  return "The key set in the database " + database.engine().name() +
         " cannot be read or written (" + why + ").";
}

}  // namespace

Result<std::optional<SealedKeySet>, SqlKeySet::Refused> SqlKeySet::load() {
  return run(database_, select_one);
}

Result<std::int64_t, SqlKeySet::Refused> SqlKeySet::version() {
  return run(database_, select_version);
}

Result<bool, SqlKeySet::Refused> SqlKeySet::replace(const SealedKeySet& next) {
  return run(database_, [&](soci::session& sql) { return write(sql, next); });
}

}  // namespace recant::database
