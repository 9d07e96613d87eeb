// Runs a Task to its end on the calling thread, for tests that are not coroutines themselves.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
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

/// As above, on an io_context of its own: for tasks that need no other. It runs on until it is
/// idle, so that a worker's thread that has just handed a result over is out of it when it ends.
template <class T>
T run(Task<T> task) {
  struct RunsUntilIdle {
    boost::asio::io_context io;
    ~RunsUntilIdle() {
      io.restart();
      io.run_for(kRunLimit);
    }
  } own;
  return run(own.io, std::move(task));
}

}  // namespace recant::testing
