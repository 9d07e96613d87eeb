#include "app/operations.hpp"

namespace recant::app {

Task<std::vector<std::string>> ServerOperations::faults() {
  std::vector<std::string> faults;
  if (readiness_.fit()) {
    const auto redis = co_await sessions_.probe();
    if (!redis) {
      faults.push_back("Redis does not do what is asked: " + redis.error().why + ".");
    } else if (!metrics_.redis_is_up()) {
      // Each reconnects by itself, and a request may meet any of them.
      faults.emplace_back("Not every thread is connected to Redis again.");
    }
  } else {
    faults.push_back(readiness_.waiting_for());
  }
  const auto database = co_await accounts_.probe();
  if (!database) faults.emplace_back("The database cannot be written; the log says why.");
  co_return faults;
}

}  // namespace recant::app
