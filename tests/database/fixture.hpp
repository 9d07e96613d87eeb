// A database in a temporary directory, and a small language to speak to it.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "database/database.hpp"
#include "service/account_store.hpp"
#include "testing/run.hpp"
#include "testing/temporary_directory.hpp"

namespace recant::database {

using testing::run;
using testing::TemporaryDirectory;

/// Ids in the order of `number`.
inline Uuid id_of(int number) {
  return Uuid::version7(unix_millis(1'700'000'000'000 + number), {});
}

inline service::NewAccount account_named(const std::string& name, int number) {
  return {id_of(number), *core::Username::parse(name), "$argon2id$" + name,
          "read write",  R"({"team":"blue"})",         unix_millis(1'700'000'000'000 + number)};
}

inline std::unique_ptr<Database> open_or_die(const std::filesystem::path& file,
                                             DatabaseOptions options = {}) {
  auto opened = Database::open_sqlite(file, std::move(options));
  if (!opened) throw std::runtime_error(opened.error().sentence);
  return *std::move(opened);
}

/// Runs `body` in a child process and returns its wait status. `body` returns the exit code.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace recant::database
