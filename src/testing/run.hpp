// Runs a Task to its end on the calling thread, for tests that are not coroutines themselves.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "base/task.hpp"

namespace recant::testing {

/// Far beyond what any test needs: it turns a hang into a failure that names itself.
inline constexpr std::chrono::seconds kRunLimit{60};

/// Runs `io` until the task has ended, and returns its value or throws what it threw. Other work of
/// `io` (connections, timers) goes on meanwhile and is left as it stands, to be continued by the
/// next call.
template <class T>
T run(boost::asio::io_context& io, Task<T> task) {
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  std::optional<Value> value;
  std::exception_ptr error;
  bool done = false;
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr thrown) {
      error = std::move(thrown);
      done = true;
    });
  } else {
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr thrown, T result) {
      error = std::move(thrown);
      if (!error) value.emplace(std::move(result));
      done = true;
    });
  }
  const auto limit = std::chrono::steady_clock::now() + kRunLimit;
  io.restart();
  while (!done) {
    if (io.run_one_until(limit) == 0) {
      throw std::runtime_error(std::chrono::steady_clock::now() < limit
                                   ? "the task waits for something that nothing will bring"
                                   : "the task has not ended within 60 s");
    }
  }
  if (error) std::rethrow_exception(error);
  if constexpr (!std::is_void_v<T>) return std::move(*value);
}

/// As above, on an io_context of its own: for tasks that need no other.
template <class T>
T run(Task<T> task) {
  boost::asio::io_context io;
  return run(io, std::move(task));
}

}  // namespace recant::testing
