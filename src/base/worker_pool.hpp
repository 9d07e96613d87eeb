// A few threads for work that takes long (password hashes, SQL), with a bounded queue in front.
// An I/O thread hands work over, goes on, and is resumed with the result: it never waits.
//
// Thread-safe. The destructor finishes what runs, drops what is queued (its callers are never
// resumed) and joins; the io_contexts of the callers must outlive it.
#pragma once

#include <atomic>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "base/resume.hpp"
#include "base/task.hpp"

namespace recant {

class WorkerPool {
 public:
  /// At most `queue_limit` pieces of work wait or run at a time; the next is turned away at once.
  WorkerPool(std::size_t threads, std::size_t queue_limit)
      : threads_(threads), queue_limit_(queue_limit) {}
  ~WorkerPool() {
    threads_.stop();
    threads_.join();
  }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Moves `work` away, runs it on a pool thread and resumes the caller on its own executor.
  /// Nothing when the queue is full. What `work` throws is thrown to the caller.
  ///
  /// It takes a named callable only: g++ 12 copies a lambda that is written inside the operand of a
  /// co_await bit by bit, and destroys its captures twice.
  template <class Work>
  Task<std::optional<std::invoke_result_t<Work>>> run(Work& work) {
    using Value = std::invoke_result_t<Work>;
    if (pending_.fetch_add(1, std::memory_order_relaxed) >= queue_limit_) {
      pending_.fetch_sub(1, std::memory_order_relaxed);
      co_return std::nullopt;
    }
    // The result travels through the handler, which a coroutine throws or returns.
    auto start = [this, work = std::move(work)](auto handler) mutable {
      boost::asio::post(threads_,
                        [this, work = std::move(work), handler = std::move(handler)]() mutable {
                          std::exception_ptr error;
                          std::optional<Value> value;
                          try {
                            value.emplace(work());
                          } catch (...) {
                            error = std::current_exception();
                          }
                          pending_.fetch_sub(1, std::memory_order_relaxed);
                          resume(std::move(handler), std::move(error), std::move(value));
                        });
    };
    co_return co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                                   void(std::exception_ptr, std::optional<Value>)>(
        std::move(start), boost::asio::use_awaitable);
  }

  /// Runs `work`, which throws nothing, sometime on a pool thread, and tells nobody; false when the
  /// queue is full.
  template <class Work>
  bool post(Work work) {
    if (pending_.fetch_add(1, std::memory_order_relaxed) >= queue_limit_) {
      pending_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    boost::asio::post(threads_, [this, work = std::move(work)]() mutable {
      work();
      pending_.fetch_sub(1, std::memory_order_relaxed);
    });
    return true;
  }

  std::size_t pending() const { return pending_.load(std::memory_order_relaxed); }

 private:
  boost::asio::thread_pool threads_;
  const std::size_t queue_limit_;
  std::atomic<std::size_t> pending_{0};
};

}  // namespace recant
