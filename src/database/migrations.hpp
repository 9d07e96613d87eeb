// The schema and its history: one numbered table of steps, the same SQL for every engine (but for
// Engine::in_dialect).
#pragma once

#include "database/engine.hpp"

namespace recant::database {

/// The version that this program writes and reads.
int schema_version();

/// Brings the schema up to schema_version() in one transaction, or leaves it as it was. Safe when
/// several processes do it at once. A schema from a newer program is refused, untouched.
Opened<void> migrate(const Engine& engine, soci::session& sql);

}  // namespace recant::database
