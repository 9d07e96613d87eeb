#include "app/redis_trust.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <utility>

namespace recant::app {

namespace asio = boost::asio;

RedisTrust::RedisTrust(Needs needs, const LookOptions& options)
    : needs_(std::move(needs)),
      options_(options),
      watch_(needs_.io, needs_.target, options, needs_.clock, needs_.random) {}

OrRefusal<void> RedisTrust::look() {
  OrRefusal<void> outcome;
  asio::co_spawn(
      needs_.io, watch_.look(),
      [&](const std::exception_ptr& error, OrRefusal<std::optional<redis::Fitness>> found) {
        if (error) std::rethrow_exception(error);
        if (!found) {
          outcome = found.error();
        } else if (*found) {
          trust(**found);
        } else {
          still_waiting(watch_.why_not());
        }
      });
  const Readiness& readiness = needs_.readiness;
  bool answered = false;
  while (!answered && needs_.io.run_one() > 0) {
    answered = readiness.fit() || !readiness.waiting_for().empty() || !outcome;
  }
  return outcome;
}

void RedisTrust::wait(std::function<void(const Refusal& refusal)> refused) {
  asio::co_spawn(needs_.io, watch_.wait([this](const std::string& why) { still_waiting(why); }),
                 [this, refused = std::move(refused)](const std::exception_ptr& error,
                                                      OrRefusal<redis::Fitness> found) {
                   if (error) std::rethrow_exception(error);
                   if (needs_.readiness.stopping()) return;
                   if (found) return trust(*found);
                   refused(found.error());
                 });
}

void RedisTrust::trust(const redis::Fitness& fitness) {
  for (const std::string& warning : fitness.warnings) needs_.log.write(LogLevel::warn, warning);
  needs_.log.write(LogLevel::info, "Redis is fit to serve", {{"version", fitness.version}});
  needs_.readiness.set_fit();
  needs_.changed();
  asio::co_spawn(needs_.io, watch_.stay([this](const redis::Fitness& now) { look_again(now); }),
                 asio::detached);
  policy_watch_.emplace(PolicyWatch::Needs{needs_.io, needs_.target, options_.timeout, needs_.clock,
                                           needs_.random, needs_.log, needs_.readiness,
                                           needs_.policy, options_.keys});
  asio::co_spawn(needs_.io, policy_watch_->run(), asio::detached);
}

/// What may have been evicted meanwhile nobody can know; what is fit again is believed again.
void RedisTrust::look_again(const redis::Fitness& fitness) {
  const bool fit = fitness.refusals.empty();
  if (fit == needs_.readiness.fit()) return;
  if (fit) {
    needs_.log.write(LogLevel::info, "Redis is fit to serve again");
    needs_.readiness.set_fit();
    needs_.changed();
    return;
  }
  std::string why;
  for (const std::string& refusal : fitness.refusals) why += (why.empty() ? "" : " ") + refusal;
  needs_.log.write(LogLevel::error,
                   "Redis is no longer fit to serve; every call but those for operators is 503",
                   {{"why", why}});
  needs_.readiness.set_unfit(why);
  needs_.changed();
}

void RedisTrust::still_waiting(const std::string& why) {
  needs_.readiness.set_waiting_for("Redis cannot be reached yet (" + why + ").");
  needs_.changed();
  needs_.log.write(LogLevel::warn,
                   "waiting for Redis; meanwhile every call but those for operators is 503",
                   {{"why", why}});
}

}  // namespace recant::app
