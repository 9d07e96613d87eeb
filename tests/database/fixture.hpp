// A database in a temporary directory, and a small language to speak to it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "database/database.hpp"
#include "service/account_store.hpp"

namespace recant::database {

template <class T>
Task<void> keep(Task<T> task, std::optional<T>& out) {
  out.emplace(co_await std::move(task));
}

/// Runs a task to its end on an io_context of its own.
template <class T>
T run(Task<T> task) {
  boost::asio::io_context io;
  std::optional<T> out;
  auto ended = boost::asio::co_spawn(io, keep(std::move(task), out), boost::asio::use_future);
  io.run();
  ended.get();
  return *std::move(out);
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "recant-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

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
