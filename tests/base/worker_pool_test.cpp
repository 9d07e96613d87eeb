#include "base/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>

namespace recant {
namespace {

namespace asio = boost::asio;

template <class T>
T run(Task<T> task) {
  asio::io_context io;
  auto result = asio::co_spawn(io, std::move(task), asio::use_future);
  io.run();
  return result.get();
}

Task<std::thread::id> thread_after(WorkerPool& pool) {
  auto work = [] { return 42; };
  const auto value = co_await pool.run(work);
  EXPECT_EQ(value, 42);
  co_return std::this_thread::get_id();
}

TEST(WorkerPool, ResumesTheCallerOnItsOwnThread) {
  WorkerPool pool(2, 4);
  EXPECT_EQ(run(thread_after(pool)), std::this_thread::get_id());
  EXPECT_EQ(pool.pending(), 0u);
}

Task<bool> catches(WorkerPool& pool) {
  try {
    auto work = []() -> int { throw std::runtime_error("no"); };
    co_await pool.run(work);
  } catch (const std::runtime_error&) {
    co_return true;
  }
  co_return false;
}

TEST(WorkerPool, HandsExceptionsToTheCaller) {
  WorkerPool pool(1, 4);
  EXPECT_TRUE(run(catches(pool)));
}

Task<std::optional<int>> one(WorkerPool& pool) {
  auto work = [] { return 1; };
  co_return co_await pool.run(work);
}

Task<void> run_on(WorkerPool& pool, std::function<void()> act) {
  auto work = [act = std::move(act)] {
    act();
    return 0;
  };
  co_await pool.run(work);
}

TEST(WorkerPool, AtItsEndFinishesWhatRunsAndDropsWhatWaits) {
  asio::io_context io;
  std::promise<void> running;
  std::promise<void> release;
  std::atomic<int> done = 0;
  std::thread releaser;
  {
    WorkerPool pool(1, 4);
    asio::co_spawn(io,
                   run_on(pool,
                          [&] {
                            running.set_value();
                            release.get_future().wait();
                            done += 1;
                          }),
                   asio::detached);
    asio::co_spawn(io, run_on(pool, [&] { done += 100; }), asio::detached);
    io.poll();
    running.get_future().wait();
    releaser = std::thread([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      release.set_value();
    });
  }
  releaser.join();
  EXPECT_EQ(done, 1);
}

TEST(WorkerPool, TurnsAwayWhatTheQueueCannotHold) {
  WorkerPool pool(1, 1);
  std::promise<void> release;
  asio::io_context io;
  const auto hold = [&]() -> Task<void> {
    auto work = [&] {
      release.get_future().wait();
      return 0;
    };
    co_await pool.run(work);
  };
  asio::co_spawn(io, hold(), asio::detached);
  io.poll();
  EXPECT_EQ(run(one(pool)), std::nullopt);
  release.set_value();
  io.run();
  EXPECT_EQ(run(one(pool)), 1);
}

}  // namespace
}  // namespace recant
