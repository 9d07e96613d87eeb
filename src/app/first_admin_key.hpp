// The admin key that the first start makes, so that there is somebody who may open accounts.
#pragma once

#include <filesystem>
#include <vector>

#include "app/refusal.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "database/sql_admin_keys.hpp"
#include "service/admin_keys.hpp"

namespace recant::app {

/// All admin keys. Where there is none, makes one of every scope under the name `first`, and writes
/// it to `file` (0600), the only place where it ever stands. Of servers that share a database and
/// start at the same moment one makes it.
OrRefusal<std::vector<service::AdminKey>> load_or_make_admin_keys(database::SqlAdminKeys& store,
                                                                  const std::filesystem::path& file,
                                                                  const Clock& clock,
                                                                  RandomSource& random);

}  // namespace recant::app
