// The use cases on a real Redis and a real SQLite, on as many threads as a test wants.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "base/worker_pool.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"
#include "database/database.hpp"
#include "database/sql_accounts.hpp"
#include "hooked_store.hpp"
#include "jose/key_set.hpp"
#include "redis/connection.hpp"
#include "redis/login_throttle.hpp"
#include "redis/revocation_reader.hpp"
#include "redis/session_store.hpp"
#include "service/accounts.hpp"
#include "service/check.hpp"
#include "service/refresh.hpp"
#include "service/revocations.hpp"
#include "service/sign_in.hpp"
#include "testing/asking_judge.hpp"
#include "testing/redis_server.hpp"

namespace recant::service {

/// Real argon2id, as cheap as libsodium allows.
class CheapHasher final : public PasswordHasher {
 public:
  Task<Result<std::string, HashError>> hash(SecretString password) override {
    auto work = [this, password = std::move(password)] {
      return crypto::hash_password(password, options_, random_);
    };
    auto text = co_await pool_.run(work);
    if (!text) co_return HashError::busy;
    co_return *std::move(text);
  }
  Task<Result<PasswordCheck, HashError>> check(std::string hash, SecretString password) override {
    auto work = [this, hash = std::move(hash), password = std::move(password)] {
      const bool matches = crypto::verify_password(hash, password);
      return PasswordCheck{matches, matches && crypto::needs_rehash(hash, options_)};
    };
    auto checked = co_await pool_.run(work);
    if (!checked) co_return HashError::busy;
    co_return *checked;
  }

 private:
  crypto::PasswordOptions options_{8, 1};
  crypto::SystemRandom random_;
  WorkerPool pool_{2, 10'000};
};

/// Keeps which sessions were said to be revoked, and why. Thread-safe.
class RevokedSessions final : public EventSink {
 public:
  void administered(const Caller&, const AdminAct&) override {}
  void record(Event event, const Caller&, const EventFields& fields) override {
    if (event != Event::session_revoked) return;
    const std::lock_guard lock(mutex_);
    told_.emplace(fields.session, fields.detail);
  }
  /// sid → reason.
  std::multimap<std::string, std::string> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  std::mutex mutex_;
  std::multimap<std::string, std::string> told_;
};

class CountingMeter final : public Meter {
 public:
  void checked(std::string_view, std::string_view, std::string_view) override {}
  void refreshed(std::string_view outcome) override {
    if (outcome == "rotated") ++rotated;
  }
  void revoked(std::string_view) override {}
  void session_opened() override {}
  std::atomic<int> rotated{0};
};

/// What all threads share: Redis, the database, keys.
struct Shared {
  Shared(core::SessionLifetimes session_lifetimes, SessionLimit session_limit)
      : lifetimes(session_lifetimes),
        limit(session_limit),
        database(*database::Database::open_sqlite(redis.directory() / "accounts.db", {})),
        accounts(*database),
        issuer({"recant", {"api"}, "recant"}, {"k", signing_key}, RefreshTokens{{secret()}}),
        verifier({"recant", {"api"}},
                 jose::KeySet{{jose::NamedKey{"k", signing_key.verification_key()}}}) {}

  RefreshSecret secret() { return {random.bytes<8>(), random.bytes<32>()}; }

  const core::SessionLifetimes lifetimes;
  const SessionLimit limit;
  testing::RedisServer redis;
  redis::PolicyInForce policy{{}};
  SystemClock clock;
  crypto::SystemRandom random;
  std::unique_ptr<database::Database> database;
  database::SqlAccounts accounts;
  CheapHasher hasher;
  RevokedSessions events;
  CountingMeter meter;
  crypto::SigningKey signing_key = *crypto::SigningKey::generate(crypto::Algorithm::es256, random);
  TokenIssuer issuer;
  verify::AccessTokenVerifier verifier;
};

/// One thread and its use cases; ends with the object.
class Worker {
 public:
  explicit Worker(Shared& shared)
      : connection_(io_.get_executor(), shared.redis.target(), patient(), shared.clock,
                    shared.random),
        redis_store_(connection_, redis::Keys{}, shared.policy),
        reader_(connection_, redis::Keys{}, shared.policy),
        judge_(io_.get_executor(), shared.verifier, reader_, shared.clock),
        store(redis_store_),
        opener_(store, shared.issuer, shared.random, shared.events, shared.meter,
                {shared.lifetimes, shared.limit}),
        tidying_(store),
        throttle_(connection_, redis::Keys{}, nobody_waits()),
        sign_in(shared.accounts, shared.hasher, throttle_, opener_, shared.events),
        refresh(store, shared.issuer, shared.random, shared.events, shared.meter, shared.lifetimes),
        check(judge_, shared.verifier, shared.clock, shared.meter),
        sessions(store, tidying_, shared.clock, shared.events, shared.meter),
        accounts(shared.accounts, shared.hasher, sign_in, sessions, shared.events, shared.clock,
                 shared.random, {}),
        thread_([this] { io_.run(); }) {}
  /// Runs on until it is idle, so that a pool's thread that has just handed a result over is out of
  /// the io_context when that ends.
  ~Worker() {
    boost::asio::co_spawn(io_, connection_.stop(), boost::asio::detached);
    busy_.reset();
    thread_.join();
  }

  template <class T>
  std::future<T> start(Task<T> task) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    boost::asio::co_spawn(io_, settle(std::move(task), std::move(promise)), boost::asio::detached);
    return future;
  }

 private:
  template <class T>
  static Task<void> settle(Task<T> task, std::shared_ptr<std::promise<T>> promise) {
    promise->set_value(co_await std::move(task));
  }
  /// Here many sign in to one account at once.
  static redis::LoginThrottleTerms nobody_waits() {
    redis::LoginThrottleTerms terms;
    terms.pair = terms.proven_pair = terms.pair_of_many = terms.address = 1'000'000;
    return terms;
  }
  /// A test machine may be busy with other things.
  static redis::ConnectionOptions patient() {
    redis::ConnectionOptions options;
    options.timeout = seconds{20};
    options.connect_timeout = seconds{20};
    return options;
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_{
      io_.get_executor()};
  redis::Connection connection_;
  redis::RedisSessionStore redis_store_;
  redis::RedisRevocationReader reader_;
  testing::AskingJudge judge_;

 public:
  HookedStore store;

 private:
  SessionOpener opener_;
  Tidying tidying_;
  redis::RedisLoginThrottle throttle_;

 public:
  SignIn sign_in;
  Refresh refresh;
  Check check;
  Sessions sessions;
  Accounts accounts;

 private:
  std::thread thread_;
};

class World {
 public:
  explicit World(core::SessionLifetimes lifetimes, int threads = 3, SessionLimit limit = {})
      : shared(lifetimes, limit) {
    for (int i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>(shared));
  }

  /// Any thread, in turn.
  Worker& worker() { return *workers_[turn_++ % workers_.size()]; }

  Account add_user(const std::string& name, const std::string& password) {
    Worker& here = worker();
    AccountDraft draft{name, SecretString{password}, {}, {}};
    return *here.start(here.accounts.create(std::move(draft), {})).get();
  }
  std::future<Outcome<Tokens>> login(const std::string& name, const std::string& password) {
    Worker& here = worker();
    Credentials credentials{name, SecretString{password}, {}};
    return here.start(here.sign_in.login(std::move(credentials), {}));
  }
  std::future<Outcome<Tokens>> refresh(const std::string& token) {
    Worker& here = worker();
    return here.start(here.refresh.refresh(token, {}));
  }
  std::future<Outcome<SubjectRevocation>> end_all(const core::Subject& subject) {
    Worker& here = worker();
    return here.start(here.sessions.end_all(subject, core::Reason::logout_all, true, {}));
  }
  /// Does a check say yes?
  bool accepts(const std::string& access_token) {
    Worker& here = worker();
    return here.start(here.check.judge(access_token)).get().has_value();
  }

  Shared shared;

 private:
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<std::size_t> turn_{0};
};

/// How often, given that ThreadSanitizer makes everything about ten times slower.
constexpr int rounds(int full) {
#ifdef __SANITIZE_THREAD__
  return full / 20;
#else
  return full;
#endif
}

}  // namespace recant::service
