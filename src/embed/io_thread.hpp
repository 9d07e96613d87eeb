// The library's thread: an io_context, what lives on it, and who runs it. It takes no signals,
// which are the embedding program's.
//
// Whatever is thrown there (there is no memory, say) ends the context and all that was on it, in
// whichever state it was, and what lives there begins anew on another: nothing has to know how it
// would go on from the middle.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace recant::embed {

class IoThread {
 public:
  using Context = boost::asio::io_context;

  /// What lives on the thread; called there.
  struct Life {
    /// May throw.
    std::function<void(Context&)> begin;
    /// Ends what begin() has made, whatever of it; the context is destroyed after that. Must not
    /// throw.
    std::function<void()> end;
    /// This was thrown; it begins again in a moment. Must not throw.
    std::function<void(std::string_view why)> failed;
  };

  IoThread() = default;
  /// end() first, where it was started.
  ~IoThread() = default;
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  /// std::system_error when there can be no context or no thread.
  void start(Life life);
  /// Ends what lives there, drops what was posted, and waits for the thread. Not on the thread.
  void end() noexcept;

  // Any thread.

  /// False: nothing lives there now, or there is no memory, and `handler` is dropped. One that was
  /// taken may be dropped later, on the thread, where that ends or fails.
  template <class Handler>
  bool post(Handler handler) noexcept {
    try {
      const std::lock_guard lock(mutex_);
      if (context_ == nullptr) return false;
      boost::asio::post(*context_, std::move(handler));
      return true;
    } catch (...) {
      return false;
    }
  }
  bool has_ended() const noexcept { return has_ended_; }
  bool is_here() const noexcept { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void run(const Life& life, std::unique_ptr<Context> context);
  void live(const Life& life, Context& context);
  void open(Context& context);
  void close() noexcept;

  std::mutex mutex_;
  std::condition_variable told_to_end_;
  Context* context_ = nullptr;  // guarded by mutex_
  std::atomic<bool> has_ended_ = false;
  std::thread thread_;
};

}  // namespace recant::embed
