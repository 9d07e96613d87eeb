// Looks each second at the policy by which all servers on one Redis go (docs/adr/0011): puts it
// back where it is lost, and says so, in the log and at /readyz, when somebody has changed it under
// this server. At the start, refuse_policy() says whether to serve at all.
//
// On the main thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "app/config.hpp"
#include "app/log.hpp"
#include "app/readiness.hpp"
#include "app/refusal.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "redis/connection.hpp"
#include "redis/keys.hpp"
#include "redis/policy_in_force.hpp"
#include "redis/policy_store.hpp"

namespace recant::app {

/// What all servers on this Redis are to agree on, as the configuration has it.
core::Policy policy_of(const Config& config);

/// Why a server of this configuration must not start beside what stands, and what to do.
std::optional<Refusal> refuse_policy(const core::Policy& configured,
                                     const redis::StandingPolicy& standing);

class PolicyWatch {
 public:
  struct Needs {
    boost::asio::io_context& io;
    std::shared_ptr<const redis::Target> target;
    milliseconds timeout;
    const Clock& clock;
    RandomSource& random;
    Log& log;
    Readiness& readiness;
    redis::PolicyInForce& policy;
    redis::Keys keys;
  };

  /// All that is needed outlives it.
  explicit PolicyWatch(Needs needs);

  /// Until the io_context ends.
  Task<void> run();

 private:
  void found(const redis::StandingPolicy& standing);
  void tell(std::string fault, std::string warning);

  Needs needs_;
  redis::Connection connection_;
  std::string told_;
};

}  // namespace recant::app
