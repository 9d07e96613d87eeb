// The way back of a coroutine whose work was done on another thread.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace recant {

/// Calls `handler` with `values` on its own executor. From any thread; the handler's io_context
/// outlives the call.
template <class Handler, class... Values>
void resume(Handler handler, Values... values) {
  const auto executor = boost::asio::get_associated_executor(handler);
  // While this thread is in post() the caller's io_context does not run out of work.
  const auto working = boost::asio::make_work_guard(executor);
  boost::asio::post(executor,
                    [handler = std::move(handler), ... values = std::move(values)]() mutable {
                      std::move(handler)(std::move(values)...);
                    });
}

}  // namespace recant
