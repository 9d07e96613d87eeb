// A redis-server of our own, for a server whose `redis.url` is empty: on a Unix socket in the data
// directory, for its owner alone, with every answer on disk. It is started again when it dies, and
// ends when we do, however we end: also by `kill -9`, after which a new start works at once.
//
// One thread of its own starts and watches it, because the kernel ties "end with your parent" to
// the thread that forked. start and stop are for one thread; they block, so not for an I/O thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "redis/url.hpp"

namespace recant::redis {

struct PrivateRedisOptions {
  std::filesystem::path data;                                ///< `server.data`; exists
  std::string search_path = "/usr/local/bin:/usr/bin:/bin";  ///< PATH, to find redis-server
  /// How long a new redis-server may say nothing at all. Loading its data is saying something.
  std::chrono::milliseconds start_limit{std::chrono::seconds(30)};
  /// How long a former one, whose parent was killed, may take to be gone.
  std::chrono::milliseconds former_limit{std::chrono::seconds(10)};
  /// From SIGTERM to SIGKILL.
  std::chrono::milliseconds stop_limit{std::chrono::seconds(10)};
};

/// Told on the watching thread. Must not block for long.
class PrivateRedisObserver {
 public:
  virtual ~PrivateRedisObserver() = default;
  virtual void started(pid_t /*pid*/) {}
  /// It died, or could not be started again; the next attempt follows by itself.
  virtual void failed(std::string_view /*why*/) {}
};

class PrivateRedis {
 public:
  /// Returns when it answers. On failure one sentence that names the remedy. `observer` outlives
  /// it.
  static Result<std::unique_ptr<PrivateRedis>, std::string> start(
      PrivateRedisOptions options, PrivateRedisObserver* observer = nullptr);
  /// Stops it.
  ~PrivateRedis();
  PrivateRedis(const PrivateRedis&) = delete;
  PrivateRedis& operator=(const PrivateRedis&) = delete;

  /// Where it listens; the same over all its lives.
  const Address& address() const { return address_; }
  /// SIGTERM, a wait, SIGKILL. Does nothing the second time.
  void stop();

 private:
  class Keeper;
  PrivateRedis(Address address, std::unique_ptr<Keeper> keeper);

  Address address_;
  std::unique_ptr<Keeper> keeper_;
};

}  // namespace recant::redis
