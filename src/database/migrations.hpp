// The schema and its history: one numbered table of steps, the same SQL for every engine.
#pragma once

#include <string>

#include "database/open_error.hpp"

namespace soci {
class session;
}

namespace recant::database {

/// The version that this program writes and reads.
int schema_version();

/// Brings the schema up to schema_version() in one transaction, or leaves it as it was. Safe when
/// several processes do it at once. A schema from a newer program is refused, untouched.
/// `name` is the database in messages.
Opened<void> migrate(soci::session& sql, const std::string& name);

}  // namespace recant::database
