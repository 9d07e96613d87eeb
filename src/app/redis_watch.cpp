#include "app/redis_watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/policy_watch.hpp"
#include "redis/policy_store.hpp"

namespace recant::app {
namespace {

constexpr milliseconds kPause{1000};

redis::ConnectionOptions options_for(milliseconds timeout) {
  redis::ConnectionOptions options;
  options.timeout = timeout;
  options.connect_timeout = options.timeout;
  options.fail_when_refused = true;
  options.client_name = "recant-watch";
  return options;
}

Refusal refused_because(const std::vector<std::string>& sentences) {
  Refusal refusal;
  for (const std::string& sentence : sentences) {
    refusal.sentence += (refusal.sentence.empty() ? "" : " ") + sentence;
  }
  return refusal;
}

/// What is remembered of earlier times may have gone out of date, which changes nothing.
bool has_changed(const redis::StandingPolicy& standing) {
  if (standing.before == standing.text) return false;
  const auto before = core::Policy::parse(standing.before);
  return !before || !standing.policy || !agree(*before, *standing.policy);
}

}  // namespace

RedisWatch::RedisWatch(boost::asio::io_context& io, std::shared_ptr<const redis::Target> target,
                       LookOptions options, const Clock& clock, RandomSource& random)
    : io_(io),
      user_(target->user),
      options_(std::move(options)),
      connection_(io.get_executor(), std::move(target), options_for(options_.timeout), clock,
                  random, this) {}

Task<OrRefusal<std::optional<redis::Fitness>>> RedisWatch::look() {
  auto found = co_await redis::inspect(connection_, options_.inspection);
  if (refusal_) co_return Refusal{*refusal_ + "."};
  const bool denied = !found && found.error().code == redis::RedisErrc::noperm;
  if (!found && !denied) {
    if (redis::is_error_reply(found.error().code)) why_not_ = "it answers " + found.error().detail;
    co_return std::optional<redis::Fitness>();
  }
  if (found && !found->refusals.empty()) co_return refused_because(found->refusals);
  const auto allowed = co_await has_rights();
  if (!allowed) co_return allowed.error();
  if (!*allowed || denied) co_return std::optional<redis::Fitness>();
  const auto ours = co_await has_our_keys();
  if (!ours) co_return ours.error();
  if (!*ours) co_return std::optional<redis::Fitness>();
  const auto agreed = co_await agrees_on_policy();
  if (!agreed) co_return agreed.error();
  if (!*agreed) co_return std::optional<redis::Fitness>();
  co_return std::optional<redis::Fitness>(*std::move(found));
}

Task<OrRefusal<bool>> RedisWatch::has_rights() {
  const auto missing = co_await redis::missing_rights(connection_, options_.keys, options_.does);
  if (!missing && missing.error().code != redis::RedisErrc::noperm) {
    why_not_ = missing.error().detail;
    co_return false;
  }
  const auto rights = missing ? *missing : std::vector<std::string>{};
  if (missing && rights.empty()) co_return true;
  co_return Refusal{"Redis denies our user what Recant needs: " + redis::remedy_for(rights, user_) +
                    "."};
}

Task<OrRefusal<bool>> RedisWatch::has_our_keys() {
  using State = redis::KeyForm::State;
  redis::KeyForm form(connection_, options_.keys);
  const auto state = co_await form.claim(options_.convert_keys);
  if (!state) {
    why_not_ = state.error().detail;
    co_return false;
  }
  if (*state == State::ours) co_return true;
  if (*state == State::to_be_given) co_return co_await convert_keys(form);
  const std::string then =
      "stop every server that uses it, and start one by `recant serve --convert-keys`";
  if (*state == State::half_way) {
    co_return Refusal{
        "The keys of this Redis are being given other names, or that was interrupted: " + then +
        " to end it."};
  }
  const bool tagged = options_.keys.form_name() == "tagged";
  co_return Refusal{std::string("The keys of this Redis are spelled ") +
                    (tagged ? "without hash tags, and redis.hash_tags asks for them"
                            : "with hash tags, and redis.hash_tags does not ask for them") +
                    ": what was revoked under the one name would be valid under the other. Set "
                    "redis.hash_tags back to " +
                    (tagged ? "auto" : "always") + "; or, to rename the keys, " + then + "."};
}

Task<OrRefusal<bool>> RedisWatch::convert_keys(redis::KeyForm form) {
  const auto converted = co_await form.convert();
  if (converted) co_return true;
  if (converted.error().code == redis::RedisErrc::noperm) {
    co_return Refusal{"Redis denies our user what renaming its keys needs: " +
                      redis::remedy_for({"+scan", "+rename", "+hget", "+zunionstore"}, user_) +
                      "."};
  }
  why_not_ = converted.error().detail;
  co_return false;
}

Task<OrRefusal<bool>> RedisWatch::agrees_on_policy() {
  const auto standing = co_await redis::publish_policy(connection_, options_.keys, options_.policy,
                                                       options_.change_policy);
  if (!standing) {
    why_not_ = standing.error().detail;
    co_return false;
  }
  if (options_.change_policy && options_.policy_changed && has_changed(*standing)) {
    options_.policy_changed(standing->before, standing->text);
  }
  if (auto refused = refuse_policy(options_.policy, *standing)) co_return *std::move(refused);
  co_return true;
}

Task<void> RedisWatch::stay(std::function<void(const redis::Fitness& fitness)> seen) {
  redis::InspectionOptions inspection = options_.inspection;
  inspection.ask_configuration = false;
  for (;;) {
    boost::asio::steady_timer timer(io_, kPause);
    co_await timer.async_wait(boost::asio::use_awaitable);
    const auto fitness = co_await redis::inspect(connection_, inspection);
    // Whoever asks meanwhile finds out by itself that there is no answer.
    if (fitness) seen(*fitness);
  }
}

Task<OrRefusal<redis::Fitness>> RedisWatch::wait(
    std::function<void(const std::string& why)> still_waiting) {
  std::string told;
  for (;;) {
    auto found = co_await look();
    if (!found) co_return found.error();
    if (*found) co_return **std::move(found);
    if (why_not_ != told) still_waiting(told = why_not_);
    boost::asio::steady_timer timer(io_, kPause);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace recant::app
