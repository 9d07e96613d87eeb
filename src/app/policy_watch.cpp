#include "app/policy_watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

#include "app/redis_keys.hpp"
#include "app/setting_checks.hpp"
#include "base/duration.hpp"
#include "redis/error.hpp"

namespace recant::app {
namespace {

constexpr milliseconds kPause{1000};

constexpr const char* kOneForm =
    "Stop every server that uses it, and start one by `recant serve --convert-keys`.";

redis::ConnectionOptions options_for(milliseconds timeout) {
  redis::ConnectionOptions options;
  options.timeout = timeout;
  options.connect_timeout = timeout;
  options.client_name = "recant-policy";
  return options;
}

std::string unknown_policy(const redis::StandingPolicy& standing) {
  return "the policy in this Redis (" +
         (standing.text.empty() ? "not even text" : redis::printable(standing.text)) +
         ") is none that this version knows";
}

/// Verifiers of the other form, this server's among them, then know nothing; empty where it is one.
std::string other_keys(core::KeyForm configured, core::KeyForm published) {
  if (configured == published) return {};
  if (published == core::KeyForm::converting) {
    return "the keys of this Redis are being given other names, says its policy";
  }
  const bool tagged = published == core::KeyForm::tagged;
  return std::string("the keys of this Redis are spelled ") + (tagged ? "with" : "without") +
         " hash tags, says its policy, and redis.hash_tags " +
         (tagged ? "does not ask for them" : "asks for them");
}

/// What servers have to agree on and these two do not.
struct Difference {
  std::string_view setting;
  std::string configured;
  std::string published;
  std::string_view meanwhile;  // what a server does that runs on all the same
  std::string_view cost = {};  // what it costs to make the others go by this configuration
};

std::string quoted(std::string_view value) { return '"' + std::string(value) + '"'; }

std::string staleness_text(std::optional<milliseconds> staleness) {
  return staleness ? to_text(*staleness) : "none";
}

std::vector<Difference> differences(const core::Policy& configured, const core::Policy& published) {
  using enum core::Strategy;
  std::vector<Difference> found;
  if (configured.strategy != published.strategy) {
    found.push_back({"session.strategy", std::string(name_of(configured.strategy)),
                     std::string(name_of(published.strategy)),
                     published.strategy == whitelist
                         ? "Until then it goes by the policy: it whitelists and asks the whitelist."
                         : "It goes on asking the whitelist, and refuses what other servers issue.",
                     configured.strategy == whitelist
                         ? " (tokens issued until then are 401 until they are refreshed)"
                         : ""});
  }
  if (configured.max_staleness != published.max_staleness) {
    found.push_back({"verify.max_staleness", staleness_text(configured.max_staleness),
                     staleness_text(published.max_staleness), "It goes by the shorter."});
  }
  if (configured.allow_cached_for != published.allow_cached_for) {
    found.push_back({"verify.on_unavailable", on_unavailable_text(configured.allow_cached_for),
                     on_unavailable_text(published.allow_cached_for), "It goes by the stricter."});
  }
  return found;
}

/// "a, b and c".
std::string listed(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

std::string changed_policy(const std::vector<Difference>& differing) {
  std::string told;
  for (const Difference& one : differing) {
    const std::string setting(one.setting);
    told += (told.empty() ? "" : " ") + setting + " is " + quoted(one.configured) +
            " in this server's configuration, and the policy of this Redis was changed to " +
            quoted(one.published) + ". " + std::string(one.meanwhile) + " Set " + setting + " = " +
            quoted(one.published) + " and restart it.";
  }
  return told;
}

}  // namespace

core::Policy policy_of(const Config& config) {
  core::Policy policy;
  policy.strategy = *core::parse_strategy(config.session.strategy);
  policy.max_staleness = config.verify.max_staleness;
  policy.allow_cached_for = *parse_on_unavailable(config.verify.on_unavailable);
  policy.keys = keys_of(config).spelling();
  return policy;
}

std::optional<Refusal> refuse_policy(const core::Policy& configured,
                                     const redis::StandingPolicy& standing) {
  if (!standing.policy) {
    return Refusal{"This server cannot start: " + unknown_policy(standing) +
                   ". Serve with the version that wrote it, or, if nobody does, write this "
                   "configuration's over it: recant serve --change-policy."};
  }
  if (const auto other = other_keys(configured.keys, standing.policy->keys); !other.empty()) {
    return Refusal{"This server cannot start: " + other + ". " + kOneForm};
  }
  std::vector<std::string> ours, theirs, remedies;
  std::string cost;
  for (const Difference& one : differences(configured, *standing.policy)) {
    const std::string setting(one.setting);
    ours.push_back(setting + " is " + quoted(one.configured));
    theirs.push_back(quoted(one.published));
    remedies.push_back(setting + " = " + quoted(one.published));
    cost += one.cost;
  }
  if (ours.empty()) return std::nullopt;
  return Refusal{listed(ours) +
                 " in this configuration, but all servers on this Redis have agreed on " +
                 listed(theirs) + ". Set " + listed(remedies) +
                 ", or change what they all go by: recant serve --change-policy" + cost + "."};
}

PolicyWatch::PolicyWatch(Needs needs)
    : needs_(std::move(needs)),
      connection_(needs_.io.get_executor(), needs_.target, options_for(needs_.timeout),
                  needs_.clock, needs_.random) {}

Task<void> PolicyWatch::run() {
  for (;;) {
    const core::Policy own = needs_.policy.puts_back();
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
  if (auto fault = other_keys(needs_.policy.configured().keys, standing.policy->keys);
      !fault.empty()) {
    fault.front() = 'T';
    tell(fault + ", so nothing is judged here. " + kOneForm, {});
    return;
  }
  needs_.policy.saw(*standing.policy);
  tell({}, changed_policy(differences(needs_.policy.configured(), *standing.policy)));
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
