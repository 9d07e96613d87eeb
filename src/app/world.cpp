#include "app/world.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "app/foreign_issuers.hpp"
#include "app/gate.hpp"
#include "app/http_observer.hpp"
#include "app/operations.hpp"
#include "app/redis_keys.hpp"
#include "app/redis_observer.hpp"
#include "http/api.hpp"
#include "redis/connection.hpp"
#include "redis/foreign_refresh.hpp"
#include "redis/login_throttle.hpp"
#include "redis/policy_store.hpp"
#include "redis/rights.hpp"
#include "redis/session_store.hpp"
#include "service/heard_sessions.hpp"

namespace recant::app {
namespace {

core::SessionLifetimes lifetimes_of(const Config& config) {
  return {config.refresh.idle_ttl, config.refresh.absolute_ttl,
          std::chrono::duration_cast<seconds>(config.token.access_ttl), config.refresh.grace};
}

redis::ConnectionOptions connection_options(const Config& config) {
  redis::ConnectionOptions options;
  options.timeout = config.redis.timeout;
  return options;
}

service::SessionTerms terms_of(const Config& config) {
  using OnLimit = service::SessionLimit::OnLimit;
  const auto on_limit = config.session.on_limit == "deny" ? OnLimit::deny : OnLimit::evict_oldest;
  return {lifetimes_of(config), {config.session.max_per_user, on_limit}};
}

redis::SessionStoreOptions store_options(const Config& config) {
  redis::SessionStoreOptions options;
  options.longest_life = config.refresh.absolute_ttl;
  options.longest_foreign_life = longest_foreign_life(config.issuers);
  options.foreign_writers = config.redis.foreign_writers;
  // What may still be adopted must find every watermark that was ever raised against it.
  if (config.refresh.adopt) {
    options.longest_foreign_life =
        std::max(options.longest_foreign_life, config.refresh.absolute_ttl);
  }
  return options;
}

service::AccountPolicy account_policy_of(const Config& config) {
  return {config.accounts.enabled, config.accounts.signup,
          static_cast<std::size_t>(config.password.min_length)};
}

verify::AccessTokenOptions verifier_options(const Config& config) {
  verify::AccessTokenOptions options;
  options.issuer = config.token.issuer;
  options.audience = config.token.audience;
  options.leeway = std::chrono::duration_cast<seconds>(config.token.leeway);
  return options;
}

http::ApiOptions api_options(const Config& config) {
  return {config.server.ops_listen.empty() ? http::Calls::all : http::Calls::all_but_operators,
          *http::IdentityHeaders::parse(config.server.identity_headers),
          {config.token.issuer, config.token.client_id},
          config.server.cookies,
          http::Origins(config.server.origins)};
}

service::IssuerOptions issuer_options(const Config& config) {
  return {config.token.issuer, config.token.audience, config.token.client_id};
}

/// Redis's own words name neither the key nor what a script called.
Task<void> tell_missing_rights(redis::Connection& connection, const Shared& shared) {
  const redis::Keys keys = keys_of(shared.config);
  const redis::ServerDoes does{shared.config.redis.foreign_writers};
  const auto missing = co_await redis::missing_rights(connection, keys, does);
  if (missing ? missing->empty() : missing.error().code != redis::RedisErrc::noperm) co_return;
  const auto rights = missing ? *missing : std::vector<std::string>{};
  shared.log.write(LogLevel::error, "Our user in Redis lacks rights",
                   {{"remedy", redis::remedy_for(rights, shared.redis->user)}});
}

}  // namespace

/// In the order in which they need one another.
struct World::Parts {
  Parts(std::size_t number, boost::asio::io_context& io, const Shared& shared,
        ThreadMetrics& metrics)
      : redis_observer(metrics, shared.log, number == 0,
                       [this, &io, &shared] { look_at_rights(io, shared); }),
        connection(io.get_executor(), shared.redis, connection_options(shared.config), shared.clock,
                   shared.random, &redis_observer),
        redis_store(connection, keys_of(shared.config), shared.policy,
                    store_options(shared.config)),
        store(redis_store, shared.judge),
        issuer(issuer_options(shared.config), shared.keys->signing, shared.keys->refresh),
        verifier(verifier_options(shared.config), shared.keys->verification,
                 shared.foreign_issuers),
        check(shared.judge, verifier, shared.clock, metrics),
        opener(store, issuer, shared.random, shared.log, metrics, terms_of(shared.config),
               verifier.foreign_names()),
        throttle(connection, keys_of(shared.config)),
        sign_in(shared.accounts, shared.hasher, throttle, opener, shared.log),
        tidying(store),
        sessions(store, tidying, shared.clock, shared.log, metrics),
        accounts(shared.accounts, shared.hasher, sign_in, sessions, shared.log, shared.clock,
                 shared.random, account_policy_of(shared.config)),
        user_import(shared.accounts, shared.clock, shared.random),
        foreign_refresh(connection, keys_of(shared.config)),
        adoption(foreign_refresh, shared.accounts, opener, shared.config.refresh.absolute_ttl),
        refresh(store, issuer, shared.random, shared.log, metrics, lifetimes_of(shared.config),
                shared.config.refresh.adopt ? &adoption : nullptr),
        leases(connection, keys_of(shared.config)),
        bound(leases, shared.clock),
        revocations(store, sessions, issuer, verifier, bound, shared.clock, shared.log, metrics,
                    std::chrono::duration_cast<seconds>(shared.config.token.access_ttl),
                    shared.config.refresh.adopt ? &adoption : nullptr,
                    shared.config.redis.foreign_writers),
        introspection(check, store, issuer, shared.clock, shared.config.token.audience,
                      lifetimes_of(shared.config)),
        token_returns(check, revocations, shared.config.token.client_id),
        keys(shared.key_desk, shared.keys),
        admin(shared.admin_keys, shared.admin_key_store, shared.log, shared.clock, shared.random),
        operations({shared.metrics, shared.log, shared.readiness, shared.clock, connection,
                    shared.judge, store, shared.accounts}),
        services{check,       sign_in, refresh, accounts,      user_import,   sessions,
                 revocations, keys,    admin,   introspection, token_returns, shared.log},
        api(services, operations, api_options(shared.config)),
        operators(services, operations, {http::Calls::operators}),
        gate(api, shared.readiness, metrics),
        http_observer(metrics, shared.log) {}

  void look_at_rights(boost::asio::io_context& io, const Shared& shared) {
    boost::asio::co_spawn(io, tell_missing_rights(connection, shared), boost::asio::detached);
  }

  RedisObserver redis_observer;
  redis::Connection connection;
  redis::RedisSessionStore redis_store;
  service::HeardSessions store;
  service::TokenIssuer issuer;
  verify::AccessTokenVerifier verifier;
  service::Check check;
  service::SessionOpener opener;
  redis::RedisLoginThrottle throttle;
  service::SignIn sign_in;
  service::Tidying tidying;
  service::Sessions sessions;
  service::Accounts accounts;
  service::UserImport user_import;
  redis::RedisForeignRefresh foreign_refresh;
  service::Adoption adoption;
  service::Refresh refresh;
  redis::PublishedLeases leases;
  service::RevocationBound bound;
  service::Revocations revocations;
  service::Introspection introspection;
  service::TokenReturns token_returns;
  service::Keys keys;
  service::AdminAccess admin;
  ServerOperations operations;
  const http::Services services;
  http::Api api;
  http::Api operators;
  Gate gate;
  HttpObserver http_observer;
};

std::shared_ptr<const verify::AccessTokenVerifier> make_token_verifier(
    const Config& config, const service::KeyRing& keys,
    const std::vector<verify::ForeignIssuer>& others) {
  return std::make_shared<const verify::AccessTokenVerifier>(verifier_options(config),
                                                             keys.verification, others);
}

World::World(std::size_t number, boost::asio::io_context& io, const Shared& shared,
             ThreadMetrics& metrics)
    : io_(io), shared_(shared), parts_(std::make_unique<Parts>(number, io, shared, metrics)) {}

World::~World() = default;

void World::look_at_rights() { parts_->look_at_rights(io_, shared_); }

void World::use_keys(const service::SharedKeyRing& ring) {
  parts_->issuer.use_keys(ring->signing, ring->refresh);
  parts_->verifier.use_keys(ring->verification);
  parts_->keys.use_keys(ring);
}

http::Handler& World::handler() { return parts_->gate; }
http::Handler& World::operators() { return parts_->operators; }
http::Observer& World::observer() { return parts_->http_observer; }
Task<void> World::stop() { co_await parts_->connection.stop(); }

}  // namespace recant::app
