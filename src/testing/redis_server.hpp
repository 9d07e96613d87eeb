// A real redis-server for a test, in a temporary directory of its own. It ends with the object, or
// with the thread that made it: make it on the test's main thread.
//
//   RedisServer redis;                                        // Unix socket, empty, not persistent
//   RedisServer redis({"maxmemory 2mb"}, RedisServer::Listen::tcp);
//   redis.run("SET", "k", "v");
//   redis.kill(); redis.start();
//
// What goes wrong with the server itself throws std::runtime_error with its last log lines.
// One thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/child_process.hpp"
#include "redis/command.hpp"
#include "redis/reply.hpp"
#include "redis/url.hpp"

namespace recant::testing {

class RedisServer {
 public:
  enum class Listen { unix_socket, tcp };

  /// Starts it, with these lines behind the usual configuration, and waits until it answers.
  explicit RedisServer(std::vector<std::string> config = {}, Listen listen = Listen::unix_socket);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  const redis::Address& address() const { return address_; }
  /// For redis.url.
  std::string url() const;
  /// For a Connection.
  std::shared_ptr<const redis::Target> target() const;
  const std::filesystem::path& directory() const { return directory_; }
  pid_t pid() const;

  /// Starts it again, at the same address, with what it kept on disk (nothing, unless the
  /// configuration says `appendonly yes`).
  void start();
  void stop();    ///< SIGTERM, and waits
  void kill();    ///< SIGKILL, and waits
  void pause();   ///< SIGSTOP: it takes connections and answers nothing
  void resume();  ///< SIGCONT
  /// Forgets what it kept on disk. Only while it is stopped.
  void wipe();

  /// A command on a connection of its own, as RESP2; an error reply is a value.
  template <class... Args>
  redis::Reply run(std::string_view name, const Args&... args) {
    return ask(redis::Command(name, args...));
  }
  redis::Reply ask(const redis::Command& command);

 private:
  void write_config() const;
  std::string last_log_lines() const;

  std::vector<std::string> config_;
  Listen listen_;
  std::filesystem::path directory_;
  redis::Address address_;
  std::optional<ChildProcess> process_;
};

}  // namespace recant::testing
