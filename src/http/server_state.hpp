// What the threads of one server share.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "crypto/tls.hpp"
#include "http/options.hpp"

namespace recant::http {

/// Thread-safe. `connections` is touched once a connection, never once a request.
struct ServerState {
  ServerState(ServerOptions given, const Clock& the_clock)
      : options(std::move(given)), clock(the_clock) {}

  const ServerOptions options;
  const Clock& clock;
  std::atomic<std::size_t> connections{0};

  void secure(const crypto::TlsContext& context) {
    const std::lock_guard lock(mutex_);
    tls_ = context;
    is_secured_.store(true, std::memory_order_release);
  }
  /// Nothing where HTTP is plain; asked once a connection.
  std::optional<crypto::TlsContext> tls() const {
    if (!is_secured_.load(std::memory_order_acquire)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return tls_;
  }

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
  std::atomic<bool> is_secured_{false};
  mutable std::mutex mutex_;
  std::condition_variable all_finished_;
  std::size_t workers_ = 0;                // guarded by mutex_
  std::optional<crypto::TlsContext> tls_;  // guarded by mutex_
};

}  // namespace recant::http
