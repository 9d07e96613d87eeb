// Asks a recant::Verifier from a coroutine of Asio, without ever blocking the thread it runs on.
//
//   const recant::Checked checked = co_await check(verifier, token);
//
// What the verifier remembers is there at once. For everything else the coroutine waits, its
// thread serves others, and the answer, which comes on the verifier's thread, is brought back to
// the coroutine's own executor.
//
// Declare the io_context before the verifier, so that it is destroyed after it: a verifier tells
// all who wait before it goes, and needs somewhere to bring that. An io_context that was stopped
// meanwhile keeps those answers and destroys their coroutines with itself.
#pragma once

#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <recant/verifier.hpp>
#include <string_view>
#include <utility>

/// Await it at once: neither `verifier` nor `token` is copied before. It comes within the
/// verifier's redis_timeout and a little, and cannot be cancelled. Thread-safe, as the verifier is.
inline boost::asio::awaitable<recant::Checked> check(recant::Verifier& verifier,
                                                     std::string_view token) {
  if (auto known = verifier.check_cached(token)) co_return *std::move(known);
  auto ask = [&verifier, token](auto handler) {
    // A handler can only be moved, and a std::function holds what can be copied.
    auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
    verifier.check(token, [waiting](const recant::Checked& checked) {
      boost::asio::post(boost::asio::append(std::move(*waiting), checked));
    });
  };
  constexpr auto& kAwait = boost::asio::use_awaitable;
  co_return co_await boost::asio::async_initiate<decltype(kAwait), void(recant::Checked)>(ask,
                                                                                          kAwait);
}
