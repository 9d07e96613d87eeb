// Task<T>: a coroutine that runs on one thread's io_context and never blocks it.
//
// g++ 12 destroys temporaries twice when they are brace-initialised inside the operand of a
// co_await; give arguments names first (`const Command c{…}; co_await run(c);`).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <exception>

namespace recant {

template <class T>
using Task = boost::asio::awaitable<T>;

/// For co_spawn, instead of boost::asio::detached, which drops what a coroutine throws: it is
/// thrown on, to whoever runs the thread.
inline constexpr auto rethrown = [](const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
};

}  // namespace recant
