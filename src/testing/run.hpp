// Runs a Task to its end on the calling thread, for tests that are not coroutines themselves.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/task.hpp"

namespace recant::testing {

/// Far beyond what any test needs: it turns a hang into a failure that names itself.
inline constexpr std::chrono::seconds kRunLimit{60};

namespace detail {

template <class T>
Task<void> keep(Task<T> task, std::optional<T>& value) {
  value.emplace(co_await std::move(task));
}

}  // namespace detail

/// Runs `io` until the task has ended, and throws what it threw. Other work of `io` (connections,
/// timers) goes on meanwhile and is left as it stands, to be continued by the next call.
inline void run(boost::asio::io_context& io, Task<void> task) {
  struct End {
    std::exception_ptr error;
    bool reached = false;
  };
  const auto end = std::make_shared<End>();  // a task that hangs may end after we have given up
  boost::asio::co_spawn(io, std::move(task), [end](std::exception_ptr thrown) {
    *end = {std::move(thrown), true};
  });
  const auto limit = std::chrono::steady_clock::now() + kRunLimit;
  io.restart();
  while (!end->reached) {
    if (io.run_one_until(limit) == 0) {
      throw std::runtime_error(std::chrono::steady_clock::now() < limit
                                   ? "the task waits for something that nothing will bring"
                                   : "the task has not ended within 60 s");
    }
  }
  if (end->error) std::rethrow_exception(end->error);
}

/// As above, and returns the task's value.
template <class T>
T run(boost::asio::io_context& io, Task<T> task) {
  std::optional<T> value;
  run(io, detail::keep(std::move(task), value));
  return std::move(*value);
}

/// io_contexts whose tasks have ended. A worker's thread that has handed a result over may still be
/// on its way out of the context that it woke (it counts its work off, and then stops what has none
/// left), so a context is kept for a while longer, the last ones to the end of the program.
class EndedContexts {
 public:
  static EndedContexts& of_this_program() {
    static EndedContexts ended;
    return ended;
  }
  void keep(std::unique_ptr<boost::asio::io_context> context) {
    constexpr std::size_t kMost = 256;
    const std::lock_guard lock(mutex_);
    contexts_.push_back(std::move(context));
    if (contexts_.size() > kMost) contexts_.pop_front();
  }

 private:
  std::mutex mutex_;
  std::deque<std::unique_ptr<boost::asio::io_context>> contexts_;
};

/// As above, on an io_context of its own: for tasks that need no other. It runs on until it is
/// idle.
template <class T>
T run(Task<T> task) {
  struct RunsUntilIdle {
    std::unique_ptr<boost::asio::io_context> io = std::make_unique<boost::asio::io_context>();
    ~RunsUntilIdle() {
      io->restart();
      io->run_for(kRunLimit);
      EndedContexts::of_this_program().keep(std::move(io));
    }
  } own;
  return run(*own.io, std::move(task));
}

}  // namespace recant::testing
