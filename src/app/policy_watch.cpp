#include "app/policy_watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "redis/error.hpp"

namespace recant::app {
namespace {

constexpr milliseconds kPause{1000};

redis::ConnectionOptions options_for(milliseconds timeout) {
  redis::ConnectionOptions options;
  options.timeout = timeout;
  options.connect_timeout = timeout;
  options.client_name = "recant-policy";
  return options;
}

std::string quoted(core::Strategy strategy) { return '"' + std::string(name_of(strategy)) + '"'; }

std::string unknown_policy(const redis::StandingPolicy& standing) {
  return "the policy in this Redis (" +
         (standing.text.empty() ? "not even text" : redis::printable(standing.text)) +
         ") is none that this version knows";
}

std::string changed_policy(core::Strategy configured, core::Strategy published) {
  const std::string what = "session.strategy is " + quoted(configured) +
                           " in this server's configuration, and the policy of this Redis was "
                           "changed to " +
                           quoted(published) + '.';
  const std::string remedy = " Set session.strategy = " + quoted(published) + " and restart it.";
  if (published == core::Strategy::whitelist) {
    return what + " Until then it goes by the policy: it whitelists and asks the whitelist." +
           remedy;
  }
  return what + " It goes on asking the whitelist, and refuses what other servers issue." + remedy;
}

}  // namespace

core::Policy policy_of(const Config& config) {
  return {*core::parse_strategy(config.session.strategy)};
}

std::optional<Refusal> refuse_policy(const core::Policy& configured,
                                     const redis::StandingPolicy& standing) {
  if (!standing.policy) {
    return Refusal{"This server cannot start: " + unknown_policy(standing) +
                   ". Serve with the version that wrote it, or, if nobody does, write this "
                   "configuration's over it: recant serve --change-policy."};
  }
  const auto published = standing.policy->strategy;
  if (published == configured.strategy) return std::nullopt;
  return Refusal{"session.strategy is " + quoted(configured.strategy) +
                 " in this configuration, but all servers on this Redis have agreed on " +
                 quoted(published) + ". Set session.strategy = " + quoted(published) +
                 ", or change what they all go by: recant serve --change-policy" +
                 (configured.strategy == core::Strategy::whitelist
                      ? " (tokens issued until then are 401 until they are refreshed)."
                      : ".")};
}

PolicyWatch::PolicyWatch(Needs needs)
    : needs_(std::move(needs)),
      connection_(needs_.io.get_executor(), needs_.target, options_for(needs_.timeout),
                  needs_.clock, needs_.random) {}

Task<void> PolicyWatch::run() {
  for (;;) {
    const core::Policy own = needs_.policy.goes_by();
    const auto standing = co_await redis::publish_policy(connection_, needs_.keys, own, false);
    // That Redis does not answer is others' business.
    if (standing) found(*standing);
    boost::asio::steady_timer timer(needs_.io, kPause);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

void PolicyWatch::found(const redis::StandingPolicy& standing) {
  if (standing.before.empty() && !standing.text.empty()) {
    needs_.log.write(LogLevel::warn,
                     "the policy was gone from this Redis and was written again; was it flushed?",
                     {{"now", standing.text}});
  }
  if (!standing.policy) {
    std::string fault = unknown_policy(standing);
    fault.front() = 'T';
    tell(fault + ", so nothing is judged by it. Has a newer version been at work here?", {});
    return;
  }
  needs_.policy.saw(*standing.policy);
  const auto configured = needs_.policy.configured().strategy;
  const auto published = standing.policy->strategy;
  tell({}, configured == published ? std::string() : changed_policy(configured, published));
}

void PolicyWatch::tell(std::string fault, std::string warning) {
  const std::string what = fault.empty() ? warning : fault;
  needs_.readiness.set_policy_notes(std::move(fault), std::move(warning));
  if (what == told_) return;
  told_ = what;
  if (!what.empty()) {
    needs_.log.write(LogLevel::error, what);
  } else {
    needs_.log.write(LogLevel::info, "the policy of this Redis is again what is configured here");
  }
}

}  // namespace recant::app
