// One piece of work on one connection, by a caller that can only be told "not now".
#pragma once

#include <soci/soci.h>

#include <optional>
#include <type_traits>

#include "database/database.hpp"
#include "database/sql_error.hpp"

namespace recant::database {

/// What `work` answers; nothing when the database cannot be asked or did not commit, and then it
/// has been reported why.
template <class Work>
auto attempt(Database& database, Work&& work)
    -> std::optional<std::invoke_result_t<Work, soci::session&>> {
  try {
    const Database::Lease lease = database.lease();
    return std::forward<Work>(work)(*lease);
  } catch (const soci::soci_error& error) {
    database.report(reason_of(error));
  } catch (const std::exception& error) {
    database.report(error.what());
  }
  return std::nullopt;
}

}  // namespace recant::database
