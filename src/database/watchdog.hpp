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
  /// Looks that often.
  explicit Watchdog(std::chrono::milliseconds step);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  friend class Watched;
  using Clock = std::chrono::steady_clock;

  /// A descriptor of its own for the same connection: the library may close its one at any time,
  /// and the number may then be another connection's. -1 where there is none to be had: then the
  /// connection is cut at once.
  int begin(int socket, std::chrono::milliseconds limit);
  void end(int watched);
  void watch();

  const std::chrono::milliseconds step_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::map<int, Clock::time_point> until_;
  bool stopping_ = false;
  std::thread thread_;  // the last, so that it sees the others whole
};

/// A piece of work on one connection, while it lasts.
class Watched {
 public:
  /// `watchdog` null or `socket` -1: there is nothing to watch.
  Watched(Watchdog* watchdog, int socket, std::chrono::milliseconds limit)
      : watchdog_(socket < 0 ? nullptr : watchdog),
        watched_(watchdog_ ? watchdog_->begin(socket, limit) : -1) {}
  ~Watched() {
    if (watched_ >= 0) watchdog_->end(watched_);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  Watchdog* const watchdog_;
  const int watched_;
};

}  // namespace recant::database
