// To wait in a coroutine for somebody who calls back on a thread of his own.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "base/resume.hpp"

namespace recant {

/// Calls `start` with a callback that takes `Values`, can be copied and is called exactly once, on
/// whichever thread; what it is given is what a `co_await` of this yields, on the waiting thread.
/// It takes a named callable, as WorkerPool::run does and for its reason.
template <class... Values, class Start>
auto called_back(Start& start) {
  auto initiate = [start = std::move(start)](auto handler) mutable {
    // The handler cannot be copied.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    start([shared](Values... values) { resume(std::move(*shared), std::move(values)...); });
  };
  return boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void(Values...)>(
      std::move(initiate), boost::asio::use_awaitable);
}

}  // namespace recant
