#include "app/operations.hpp"

#include "app/redis_clock.hpp"

namespace recant::app {

Task<std::string> ServerOperations::metrics() {
  Observed observed;
  // Before it has been looked at, nothing is asked of it; and nobody who scrapes waits for a Redis
  // that is known to be away.
  const bool may_ask = needs_.readiness.fit() && needs_.metrics.redis_is_up();
  observed.lease_age = needs_.judge.lease_age();
  if (may_ask) observed.clock_offset = co_await ask_clock_offset(needs_.redis, needs_.clock);
  observed.log_lines_dropped = needs_.log.dropped();
  observed.process = process_usage();
  co_return needs_.metrics.scrape(observed);
}

Task<std::vector<std::string>> ServerOperations::faults() {
  std::vector<std::string> faults;
  if (needs_.readiness.stopping()) faults.emplace_back("This server is stopping.");
  if (needs_.readiness.fit()) {
    const auto redis = co_await needs_.sessions.probe();
    if (!redis) {
      faults.push_back("Redis does not do what is asked: " + redis.error().why + ".");
    } else if (!needs_.metrics.redis_is_up()) {
      // Each reconnects by itself, and a request may meet any of them.
      faults.emplace_back("Not every thread is connected to Redis again.");
    }
    if (auto fault = needs_.readiness.policy_fault(); !fault.empty())
      faults.push_back(std::move(fault));
  } else {
    faults.push_back(needs_.readiness.waiting_for());
  }
  const auto database = co_await needs_.accounts.probe();
  if (!database) faults.emplace_back("The database cannot be written; the log says why.");
  if (auto fault = needs_.readiness.keys_fault(); !fault.empty())
    faults.push_back(std::move(fault));
  co_return faults;
}

std::vector<std::string> ServerOperations::warnings() const {
  auto warning = needs_.readiness.policy_warning();
  if (warning.empty()) return {};
  return {std::move(warning)};
}

}  // namespace recant::app
