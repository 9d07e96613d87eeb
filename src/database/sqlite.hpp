// What is special about SQLite: how a file becomes a connection that can be relied on.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "database/open_error.hpp"

namespace soci {
class session;
}

namespace recant::database {

/// WAL, synchronous=FULL (a commit is on the disk when it returns), foreign keys on. A missing file
/// is created 0600; SQLite gives its -wal and -shm files the same mode. One that others have any
/// right to is refused.
Opened<std::unique_ptr<soci::session>> open_sqlite_session(const std::filesystem::path& file,
                                                           std::chrono::seconds busy_timeout);

}  // namespace recant::database
