#include "service/tidying.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace recant::service {

namespace asio = boost::asio;

Task<bool> Tidying::begin(core::Subject subject, core::Reason reason, bool to_the_end) {
  std::string after;
  const auto first = co_await store_.tidy(subject, reason, after);
  if (first && first->finished()) co_return true;
  if (first) after = first->next;
  if (to_the_end && first) {
    const bool finished = co_await run_batches(subject, reason, after);
    if (finished) co_return true;
    after.clear();
  }
  const auto executor = co_await asio::this_coro::executor;
  asio::co_spawn(executor, go_on(std::move(subject), std::move(reason), std::move(after)),
                 asio::detached);
  co_return false;
}

/// False when the store could not be asked.
Task<bool> Tidying::run_batches(core::Subject subject, core::Reason reason, std::string after) {
  for (;;) {
    auto batch = co_await store_.tidy(subject, reason, std::move(after));
    if (!batch) co_return false;
    if (batch->finished()) co_return true;
    after = std::move(batch->next);
  }
}

Task<void> Tidying::go_on(core::Subject subject, core::Reason reason, std::string after) {
  // Through an outage of about five minutes; after that the sessions' own ends do the tidying.
  seconds pause{1};
  for (int attempt = 0; attempt < 8; ++attempt) {
    const bool finished = co_await run_batches(subject, reason, after);
    if (finished) break;
    // From the beginning: whoever comes back may be another Redis, which knows no place of this
    // one.
    after.clear();
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, pause);
    co_await timer.async_wait(asio::use_awaitable);
    pause *= 2;
  }
}

}  // namespace recant::service
