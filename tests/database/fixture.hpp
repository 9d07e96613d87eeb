// A database that nobody else uses, of one engine or the other, and a small language to speak to
// it.
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
#include "testing/postgresql_server.hpp"
#include "testing/run.hpp"
#include "testing/temporary_directory.hpp"

namespace recant::database {

using testing::PostgresqlServer;
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

inline Opened<std::unique_ptr<Database>> try_postgresql(const std::string& url,
                                                        DatabaseOptions options = {}) {
  const auto target = parse_postgresql_url(url);
  if (!target) throw std::runtime_error(target.error());
  return Database::open_postgresql(*target, std::move(options));
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

enum class Kind { sqlite, postgresql };

/// What is true of a database must be true of both engines: the suite of one contract.
class OnBothEngines : public ::testing::TestWithParam<Kind> {
 protected:
  OnBothEngines() {
    if (is_postgresql()) url_ = PostgresqlServer::of_this_executable().fresh_url();
  }

  bool is_postgresql() const { return GetParam() == Kind::postgresql; }

  /// The same database each time, as another process would open it.
  Opened<std::unique_ptr<Database>> try_open(DatabaseOptions options = {}) const {
    if (is_postgresql()) return try_postgresql(url_, std::move(options));
    return Database::open_sqlite(home_ / "recant.db", std::move(options));
  }
  std::unique_ptr<Database> open(DatabaseOptions options = {}) const {
    auto opened = try_open(std::move(options));
    if (!opened) throw std::runtime_error(opened.error().sentence);
    return *std::move(opened);
  }
  std::string refusal() const {
    const auto opened = try_open();
    return opened ? "opened" : opened.error().sentence;
  }

  const TemporaryDirectory home_;
  std::string url_;
};

inline std::string name_of_engine(const ::testing::TestParamInfo<Kind>& info) {
  return info.param == Kind::sqlite ? "Sqlite" : "Postgresql";
}

#define RECANT_ON_BOTH_ENGINES(suite)                                                          \
  INSTANTIATE_TEST_SUITE_P(Contract, suite, ::testing::Values(Kind::sqlite, Kind::postgresql), \
                           name_of_engine)

}  // namespace recant::database
