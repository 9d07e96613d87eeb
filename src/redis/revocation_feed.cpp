#include "redis/revocation_feed.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "redis/handshake.hpp"
#include "redis/redis_time.hpp"

namespace recant::redis {
namespace {

/// A lease is renewed so often in its time, so that a few late answers do not end it.
constexpr int kBeatsALease = 4;
constexpr milliseconds kShortestPause{1};
/// Until a policy has said how long leases are.
constexpr milliseconds kFirstPause{50};

/// What a question is at most, and two heartbeats' worth: the heartbeat is never turned away for
/// the questions that are under way.
constexpr std::size_t kCommandsAQuestion = 12;
constexpr std::size_t kCommandsOfHeartbeats = 8;

ConnectionOptions watching(ConnectionOptions options, std::size_t most_questions,
                           const Keys& keys) {
  options.watched = keys.watched();
  options.command_limit = most_questions * kCommandsAQuestion + kCommandsOfHeartbeats;
  return options;
}

}  // namespace

RevocationFeed::RevocationFeed(const boost::asio::any_io_executor& executor, Needs needs,
                               FeedOptions options)
    : needs_(std::move(needs)),
      options_(std::move(options)),
      policy_key_(needs_.keys.policy()),
      everybody_key_(needs_.keys.blacklisted_all()),
      pause_length_(kFirstPause),
      pause_(executor),
      connection_(executor, needs_.target,
                  watching(options_.connection, options_.most_questions, needs_.keys), needs_.clock,
                  needs_.random, this),
      reader_(connection_, needs_.keys, needs_.policy) {}

/// Redis has said that it watches for us. What changed before that was told to nobody.
void RevocationFeed::up() {
  ++connections_;
  needs_.verifier.may_have_missed();
  pause_.cancel();
  if (needs_.observer != nullptr) needs_.observer->up();
}

void RevocationFeed::down(std::string_view why) {
  needs_.verifier.end_lease();
  needs_.verifier.may_have_missed();
  if (needs_.observer != nullptr) needs_.observer->down(why);
}

void RevocationFeed::refused(std::string_view why) {
  if (needs_.observer != nullptr) needs_.observer->refused(why);
}

void RevocationFeed::denied(std::string_view what) {
  if (needs_.observer != nullptr) needs_.observer->denied(what);
}

void RevocationFeed::pushed(const Reply& push) {
  const auto parts = push.elements();
  if (parts.size() == 2 && parts[0].text() == "invalidate" && parts[1].kind() == ReplyKind::array) {
    for (const Reply& key : parts[1].elements()) {
      const auto text = key.text();
      if (!text || *text == everybody_key_) {
        needs_.verifier.everything_changed();
      } else if (*text == policy_key_) {
        needs_.verifier.end_lease();
        needs_.verifier.everything_changed();
        is_due_ = true;
        pause_.cancel();
      } else {
        needs_.verifier.key_changed(*text);
      }
    }
  } else {
    // Everything was flushed, or it says what we do not understand.
    needs_.verifier.everything_changed();
  }
  if (needs_.observer != nullptr) needs_.observer->pushed(push);
}

Task<void> RevocationFeed::beat() {
  while (!stopping_) {
    const auto behind = std::exchange(behind_, {});
    is_due_ = false;
    const Beat beat = co_await renew();
    // Who waits is told that what was pushed is known here. While that cannot be found out, nothing
    // is said from memory.
    if (!behind.empty() && beat != Beat::heard) needs_.verifier.end_lease();
    for (const auto& done : behind) done();
    if (stopping_) break;
    if (beat == Beat::interrupted || is_due_ || !behind_.empty()) continue;
    pause_.expires_after(pause_length_);
    boost::system::error_code woken;
    co_await pause_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
  }
  for (const auto& done : std::exchange(behind_, {})) done();
}

void RevocationFeed::catch_up(std::function<void()> done) {
  if (stopping_) return done();
  behind_.push_back(std::move(done));
  pause_.cancel();
}

Task<RevocationFeed::Beat> RevocationFeed::renew() {
  const SteadyInstant since = needs_.clock.steady();
  const auto connection = connections_;
  const auto heard = co_await ask_round();
  if (!heard) co_return unheard(heard.error());
  const auto length = co_await ask_round();
  if (!length) co_return unheard(length.error());
  if (stopping_) co_return unheard(verify::Ignorance::stopped);
  // Both on one connection: between two of them pushes were lost.
  if (connection != connections_) co_return Beat::interrupted;
  const milliseconds lease = std::min(*heard, *length);
  needs_.verifier.grant_lease(since, lease);
  pause_length_ = std::max(*length / kBeatsALease, kShortestPause);
  if (needs_.on_beat) needs_.on_beat(lease);
  co_return Beat::heard;
}

RevocationFeed::Beat RevocationFeed::unheard(verify::Ignorance why) const {
  if (needs_.on_beat) needs_.on_beat(why);
  return Beat::unheard;
}

Task<RevocationFeed::Lease> RevocationFeed::ask_round() {
  const std::array<Command, 3> round{Command("GET", policy_key_), Command("TIME"),
                                     Command("HELLO")};
  const auto replies = co_await connection_.run_all(round);
  if (!replies || replies->size() != round.size()) co_return verify::Ignorance::no_answer;
  co_return lease_by((*replies)[0], (*replies)[1], (*replies)[2]);
}

RevocationFeed::Lease RevocationFeed::lease_by(const Reply& policy, const Reply& time,
                                               const Reply& hello) {
  using verify::Ignorance;
  const auto text = policy.text();
  const auto known = text ? core::Policy::parse(*text) : std::nullopt;
  const auto now = parse_time(time);
  if (policy.is_error() || !now || !is_master(hello)) return Ignorance::no_answer;
  if (!known) return Ignorance::unknown_policy;
  needs_.policy.saw(*known);
  // What is pushed would be known by other names than it is remembered by.
  if (known->keys != needs_.keys.spelling()) return Ignorance::other_keys;
  const auto difference = *now - needs_.clock.wall();
  if (std::max(difference, -difference) > options_.clock_difference) {
    return Ignorance::clocks_differ;
  }
  const auto bound = core::stricter(needs_.policy.configured(), *known).max_staleness;
  if (!bound) return Ignorance::unknown_policy;
  // The monotonic clocks of two machines are taken to run alike within one in a hundred, and the
  // bound that was promised is meant by any of them.
  return *bound * 99 / 100;
}

void RevocationFeed::abort() {
  stopping_ = true;
  needs_.verifier.end_lease();
  pause_.cancel();
  connection_.abort();
}

Task<void> RevocationFeed::stop() {
  stopping_ = true;
  needs_.verifier.end_lease();
  pause_.cancel();
  co_await connection_.stop();
}

}  // namespace recant::redis
