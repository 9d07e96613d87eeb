// Whether this server believes its Redis: not before it has been looked at, no more once it is seen
// to be unfit, and again when it is fit again. What it comes to stands in the readiness and in the
// log.
//
// On the main thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/log.hpp"
#include "app/policy_watch.hpp"
#include "app/readiness.hpp"
#include "app/redis_watch.hpp"
#include "app/refusal.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "redis/inspection.hpp"
#include "redis/policy_in_force.hpp"

namespace recant::app {

class RedisTrust {
 public:
  struct Needs {
    boost::asio::io_context& io;
    std::shared_ptr<const redis::Target> target;
    const Clock& clock;
    RandomSource& random;
    Log& log;
    Readiness& readiness;
    redis::PolicyInForce& policy;
    std::function<void()> changed;  // called when the readiness has another state, or reason
  };

  /// All that is needed outlives it.
  RedisTrust(Needs needs, const LookOptions& options);

  /// Looks once, so that what is wrong for good ends the start: runs `io` until it is known whether
  /// Redis is fit, or cannot be reached yet.
  OrRefusal<void> look();
  /// In the latter case: looks again and again, as soon as `io` runs. `refused` is told what is
  /// wrong for good, unless the server is stopping by then.
  void wait(std::function<void(const Refusal& refusal)> refused);

 private:
  void trust(const redis::Fitness& fitness);
  void look_again(const redis::Fitness& fitness);
  void still_waiting(const std::string& why);

  const Needs needs_;
  const LookOptions options_;
  RedisWatch watch_;
  std::optional<PolicyWatch> policy_watch_;  // from when Redis was first fit
};

}  // namespace recant::app
