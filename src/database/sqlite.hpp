// What is special about SQLite: how a file becomes a connection that can be relied on.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "database/engine.hpp"

namespace recant::database {

/// Connections are WAL, synchronous=FULL (a commit is on the disk when it returns), foreign keys
/// on. A missing file is created 0600; SQLite gives its -wal and -shm files the same mode. One that
/// others have any right to is refused. `busy_timeout` is how long a statement waits for another
/// process that writes.
std::unique_ptr<const Engine> sqlite_engine(std::filesystem::path file,
                                            std::chrono::seconds busy_timeout);

}  // namespace recant::database
