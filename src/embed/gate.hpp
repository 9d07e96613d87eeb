// Who is inside, and who waits until nobody is any more.
//
// Thread-safe. Whoever comes in and goes writes one number and takes no lock, but for the last one
// out of a closed gate.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace recant::embed {

class Gate {
 public:
  /// Inside for as long as this lives.
  class Visit {
   public:
    explicit Visit(Gate& gate) noexcept : gate_(gate) { gate_.state_.fetch_add(1); }
    ~Visit() { gate_.leave(); }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    Gate& gate_;
  };

  /// From here on wait_until_empty() may be called. Turns nobody away: what makes the visitors go
  /// is its owner's. Once.
  void close() noexcept {
    if (state_.fetch_or(kClosed) != 0) return;
    const std::lock_guard lock(mutex_);
    is_empty_ = true;
  }
  /// After this the gate may be destroyed.
  void wait_until_empty() noexcept {
    std::unique_lock lock(mutex_);
    emptied_.wait(lock, [&] { return is_empty_; });
  }

 private:
  static constexpr std::uint64_t kClosed = std::uint64_t{1} << 63;

  void leave() noexcept {
    if (state_.fetch_sub(1) != (kClosed | 1)) return;
    // Whoever waits may end the gate once he has the lock, so that nothing comes after it.
    const std::lock_guard lock(mutex_);
    is_empty_ = true;
    emptied_.notify_all();
  }

  std::atomic<std::uint64_t> state_ = 0;  ///< how many are inside, and whether it is closed
  std::mutex mutex_;
  std::condition_variable emptied_;
  bool is_empty_ = false;  // guarded by mutex_; once closed
};

}  // namespace recant::embed
