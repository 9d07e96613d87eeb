// Cuts connections on which a piece of work has waited too long, so that a server which takes
// everything and answers nothing (stopped, swapped out, behind a broken switch) holds no thread for
// ever: the work ends with a lost connection.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace recant::database {

class Watchdog {
 public:
  explicit Watchdog(std::chrono::milliseconds limit);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Of a connected socket, before it is used.
  void begin(int socket);
  /// Before it may be closed. Afterwards it is left alone.
  void end(int socket);

 private:
  using Clock = std::chrono::steady_clock;
  void watch();

  const std::chrono::milliseconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::map<int, Clock::time_point> until_;
  bool stopping_ = false;
  std::thread thread_;  // the last, so that it sees the others whole
};

}  // namespace recant::database
