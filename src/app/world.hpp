// Everything that one I/O thread needs to answer requests: its connection to Redis, its stores, its
// use cases, its HTTP handlers. Threads share what is immutable or has threads of its own (Shared),
// so no request ever takes a lock of another thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "app/config.hpp"
#include "app/log.hpp"
#include "app/metrics.hpp"
#include "app/readiness.hpp"
#include "base/random.hpp"
#include "http/handler.hpp"
#include "redis/policy_in_force.hpp"
#include "redis/url.hpp"
#include "service/account_store.hpp"
#include "service/admin_key_store.hpp"
#include "service/admin_keys.hpp"
#include "service/keys.hpp"
#include "service/password_hasher.hpp"
#include "verify/access_token.hpp"
#include "verify/token_judge.hpp"

namespace recant::app {

/// Outlives every World.
struct Shared {
  const Config& config;
  const Clock& clock;
  RandomSource& random;
  std::shared_ptr<const redis::Target> redis;
  service::AccountStore& accounts;
  service::PasswordHasher& hasher;
  const service::AdminKeys& admin_keys;
  service::AdminKeyStore& admin_key_store;
  service::KeyDesk& key_desk;
  service::SharedKeyRing keys;  // with which each World begins
  const std::vector<verify::ForeignIssuer>& foreign_issuers;
  Log& log;
  Metrics& metrics;
  const Readiness& readiness;
  redis::PolicyInForce& policy;
  verify::TokenJudge& judge;  // of all threads
};

/// By which all threads judge tokens that were issued with these keys.
std::shared_ptr<const verify::AccessTokenVerifier> make_token_verifier(
    const Config& config, const service::KeyRing& keys,
    const std::vector<verify::ForeignIssuer>& others);

/// Made and destroyed while its thread does not run; used on that thread only.
class World {
 public:
  /// The World of number 0 also logs what happens to its connection, for all of them.
  World(std::size_t number, boost::asio::io_context& io, const Shared& shared,
        ThreadMetrics& metrics);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Issues, checks and publishes with these keys from the next request on.
  void use_keys(const service::SharedKeyRing& ring);

  /// Finds out, by this thread's connection, what Redis denies our user, and says it in the log.
  void look_at_rights();

  http::Handler& handler();
  /// Of operators, where they have a listener of their own.
  http::Handler& operators();
  http::Observer& observer();
  /// After the last request: whatever still goes on behind their backs ends.
  Task<void> stop();

 private:
  struct Parts;
  boost::asio::io_context& io_;
  const Shared& shared_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace recant::app
