// What the threads of one server share.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "base/clock.hpp"
#include "http/options.hpp"

namespace recant::http {

/// Thread-safe. `connections` is touched once a connection, never once a request.
struct ServerState {
  ServerState(ServerOptions given, const Clock& the_clock)
      : options(std::move(given)), clock(the_clock) {}

  const ServerOptions options;
  const Clock& clock;
  std::atomic<std::size_t> connections{0};

  void worker_started() {
    const std::lock_guard lock(mutex_);
    ++workers_;
  }
  void worker_finished() {
    const std::lock_guard lock(mutex_);
    if (--workers_ == 0) all_finished_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    all_finished_.wait(lock, [this] { return workers_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_finished_;
  std::size_t workers_ = 0;  // guarded by mutex_
};

}  // namespace recant::http
