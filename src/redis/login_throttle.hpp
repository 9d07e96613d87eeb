// Counts failed logins in Redis (`throttle:*`, docs/redis-keys.md): scripts/throttle_login.lua
// decides, by the clock of Redis. Names and addresses stand there as digests only.
// One a thread; not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "redis/commander.hpp"
#include "redis/keys.hpp"
#include "service/login_throttle.hpp"

namespace recant::redis {

/// Failures that cost nothing, and what further ones cost. docs/adr/0013 says why these.
struct LoginThrottleTerms {
  int pair = 5;          // of one name, from one address
  int proven_pair = 50;  // the same, from an address that its owner signs in from; as many of its
                         // logins may be under way at once
  int pair_of_many = 1;  // of a name from one address, while strangers failed at it `name` times
  int name = 50;         // of one name, from addresses that its owner never signed in from
  int address = 100;     // from one address, of all names whose owners never signed in from it
  seconds longest{15 * 60};   // that anybody waits
  seconds memory{60 * 60};    // after the last failure
  seconds proof{30 * 86400};  // that an owner's address is remembered after a login
};

class RedisLoginThrottle final : public service::LoginThrottle {
 public:
  template <class T>
  using Answer = Task<service::Stored<T>>;

  /// `redis` outlives it.
  RedisLoginThrottle(Commander& redis, Keys keys, const LoginThrottleTerms& terms = {})
      : redis_(redis), keys_(std::move(keys)), terms_(terms) {}

  Answer<std::optional<seconds>> admit(service::Guess guess) override;
  Answer<void> was_right(service::Guess guess) override;
  Answer<void> was_not_judged(service::Guess guess) override;

 private:
  /// Milliseconds to wait. `step` is a literal.
  Answer<std::int64_t> run(std::string_view step, service::Guess guess);

  Commander& redis_;
  const Keys keys_;
  const LoginThrottleTerms terms_;
};

/// The network that counts as one guesser: an IPv4 address, or the /64 of an IPv6 address, which is
/// what one household has (RFC 6177). What is no address stands for itself.
std::string network_of(std::string_view address);

}  // namespace recant::redis
