// What is special about PostgreSQL: how a connection is set up, and how one notices that it is
// gone.
#pragma once

#include <chrono>
#include <memory>

#include "database/engine.hpp"
#include "database/postgresql_url.hpp"

namespace recant::database {

/// Connections commit to the disk (synchronous_commit=on at least) and give up a statement after
/// 10 s, or after `lock_timeout` where it waits for somebody's lock. A server that let us in and
/// then does not answer for `longest_set_up` is given up. The database must be of encoding UTF8.
/// Errors carry no values of rows, nor the password.
std::unique_ptr<const Engine> postgresql_engine(const PostgresqlTarget& target,
                                                std::chrono::seconds lock_timeout,
                                                std::chrono::milliseconds longest_set_up);

}  // namespace recant::database
