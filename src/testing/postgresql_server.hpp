// A real PostgreSQL for the tests of one executable, in a temporary directory of its own, on a Unix
// socket, without a port. It ends with the object, or with the thread that made it: make it on the
// test's main thread. As root it runs as nobody, since PostgreSQL refuses to run as root.
//
//   PostgresqlServer& server = PostgresqlServer::of_this_executable();
//   const std::string url = server.fresh_url();               // a schema that nobody else uses
//   server.stop(); server.start();
//
// What goes wrong with the server itself throws std::runtime_error with its last log lines.
// One thread at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/child_process.hpp"

namespace recant::testing {

class PostgresqlServer {
 public:
  /// Initialised and started when it is first asked for, which takes about two seconds, and ended
  /// with the process.
  static PostgresqlServer& of_this_executable();

  PostgresqlServer();
  ~PostgresqlServer();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  /// For database.url, each time with an empty schema of its own.
  std::string fresh_url();
  /// The same with further parameters of libpq.
  std::string url(const std::string& schema, const std::string& parameters = "") const;
  /// Runs SQL as its superuser, with psql, and gives back what that prints.
  std::string run(const std::string& sql);
  const std::filesystem::path& socket_directory() const { return directory_; }

  /// Again, with what it kept on disk.
  void start();
  void stop();  ///< as an administrator does it, without waiting for clients

 private:
  std::vector<std::string> as_server_user(std::vector<std::string> command) const;
  void initialise();
  bool is_ready() const;
  std::string last_log_lines() const;

  const std::filesystem::path directory_;
  std::optional<ChildProcess> process_;
  int schemas_ = 0;
};

}  // namespace recant::testing
