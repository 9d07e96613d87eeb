#include "app/redis_clock.hpp"

#include "redis/redis_time.hpp"

namespace recant::app {

Task<std::optional<std::chrono::duration<double>>> ask_clock_offset(redis::Commander& redis,
                                                                    const Clock& clock) {
  const redis::Command command("TIME");
  const auto before = clock.wall();
  const auto reply = co_await redis.run(command);
  const auto after = clock.wall();
  if (!reply) co_return std::nullopt;
  const auto theirs = redis::parse_time(*reply);
  if (!theirs) co_return std::nullopt;
  co_return *theirs - (before + (after - before) / 2);
}

}  // namespace recant::app
