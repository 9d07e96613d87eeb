// Logins as Redis sees them, so many a second: what the script that opens a session writes in the
// whitelist strategy, as plain commands in one pipeline. Nobody is looked up, no password hashed,
// nothing signed and no limit looked at, so that one core has room for ten thousand a second and
// for Redis.
//
// Owns a thread. One thread uses it.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>

#include "redis/url.hpp"

namespace recant::bench {

class LoginStorm {
 public:
  /// Begins at once, on a core of its own, by a schedule: what is late is made up for. Of 0 a
  /// second there is nothing to do.
  LoginStorm(redis::TcpAddress address, std::uint64_t per_second, int core);
  /// Lets the logins under way end.
  ~LoginStorm() = default;
  LoginStorm(const LoginStorm&) = delete;
  LoginStorm& operator=(const LoginStorm&) = delete;

  /// Until the first session stands. Throws where none comes to be.
  void wait_until_under_way() const;
  /// Sessions that stand by now. Throws when one could not be written.
  std::uint64_t opened() const;

 private:
  void run(const std::stop_token& stop);

  const redis::TcpAddress address_;
  const std::uint64_t per_second_;
  std::atomic<std::uint64_t> opened_ = 0;
  std::exception_ptr failure_;  // written before failed_
  std::atomic<bool> failed_ = false;
  std::jthread thread_;
};

}  // namespace recant::bench
