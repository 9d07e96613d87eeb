#include "app/operations.hpp"

namespace recant::app {

Task<std::vector<std::string>> ServerOperations::faults() {
  std::vector<std::string> faults;
  if (!readiness_.fit()) {
    faults.push_back(readiness_.waiting_for());
  } else if (const auto redis = co_await sessions_.probe(); !redis) {
    faults.push_back("Redis does not do what is asked: " + redis.error().why + ".");
  }
  if (!co_await accounts_.probe()) {
    faults.emplace_back("The database cannot be written; the log says why.");
  }
  co_return faults;
}

}  // namespace recant::app
