// A connection with an event loop of its own, spoken to from the test's thread.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "redis/connection.hpp"
#include "testing/printers.hpp"
#include "testing/run.hpp"
#include "testing/seeded_random.hpp"

namespace recant::redis {

struct Watcher final : ConnectionObserver {
  void up() override { ++ups; }
  void down(std::string_view why) override { reasons.emplace_back(why); }
  void pushed(const Reply& push) override { pushes.push_back(push); }
  int ups = 0;
  std::vector<std::string> reasons;
  std::vector<Reply> pushes;
};

class Client {
 public:
  explicit Client(std::shared_ptr<const Target> target, ConnectionOptions options = {})
      : connection(io.get_executor(), std::move(target), std::move(options), clock, random,
                   &watcher) {}

  template <class... Args>
  Result<Reply, RedisError> run(std::string_view name, const Args&... args) {
    return testing::run(io, connection.run(Command(name, args...)));
  }
  RedisErrc error(std::string_view name) {
    const auto reply = run(name);
    EXPECT_FALSE(reply);
    return reply ? RedisErrc::unexpected_reply : reply.error().code;
  }
  /// Asks until Redis answers again, as a caller would who tries again.
  Reply eventually(const Command& command) {
    for (int i = 0; i < 200; ++i) {
      auto reply = testing::run(io, connection.run(command));
      if (reply) return *reply;
    }
    throw std::runtime_error("Redis does not come back");
  }

  boost::asio::io_context io;
  SystemClock clock;
  testing::SeededRandom random{1};
  Watcher watcher;
  Connection connection;
};

/// Deadlines that only a hang can miss, for tests that are not about them.
inline ConnectionOptions patient() {
  ConnectionOptions options;
  options.timeout = std::chrono::seconds(10);
  options.connect_timeout = std::chrono::seconds(10);
  return options;
}

}  // namespace recant::redis
