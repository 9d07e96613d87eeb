#include "service/tidying.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace recant::service {

namespace asio = boost::asio;

Task<bool> Tidying::begin(core::Subject subject, core::Reason reason, bool to_the_end) {
  const auto first = co_await store_.tidy(subject, reason);
  if (first && first->finished) co_return true;
  if (to_the_end && first) {
    const bool finished = co_await run_batches(subject, reason);
    if (finished) co_return true;
  }
  const auto executor = co_await asio::this_coro::executor;
  asio::co_spawn(executor, go_on(std::move(subject), std::move(reason)), asio::detached);
  co_return false;
}

/// False when the store could not be asked.
Task<bool> Tidying::run_batches(core::Subject subject, core::Reason reason) {
  for (;;) {
    const auto batch = co_await store_.tidy(subject, reason);
    if (!batch) co_return false;
    if (batch->finished) co_return true;
  }
}

Task<void> Tidying::go_on(core::Subject subject, core::Reason reason) {
  // Through an outage of about five minutes; after that the sessions' own ends do the tidying.
  seconds pause{1};
  for (int attempt = 0; attempt < 8; ++attempt) {
    const bool finished = co_await run_batches(subject, reason);
    if (finished) break;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, pause);
    co_await timer.async_wait(asio::use_awaitable);
    pause *= 2;
  }
}

}  // namespace recant::service
