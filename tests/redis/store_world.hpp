// A real Redis with a store on it, and the words that the store's tests are written in.
// One thread.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "key_forms.hpp"
#include "redis/connection.hpp"
#include "redis/session_store.hpp"
#include "testing/redis_server.hpp"
#include "testing/run.hpp"
#include "testing/seeded_random.hpp"

namespace recant::redis {

inline core::Subject subject_named(std::string_view name) { return *core::Subject::parse(name); }

/// What stands for the id of a refresh token: base64url of 32 bytes is 43 characters long.
inline std::string refresh_id(std::string_view session, core::Generation generation) {
  std::string id = std::string(session).substr(0, 30) + "-" + std::to_string(generation);
  id.resize(43, '_');
  return id;
}

/// Patient: a test machine may be building something else.
inline ConnectionOptions patient() {
  ConnectionOptions options;
  options.timeout = std::chrono::seconds{20};
  options.connect_timeout = std::chrono::seconds{20};
  return options;
}

/// One thread's connection and store. Must be made and used on one thread.
class StoreClient {
 public:
  StoreClient(std::shared_ptr<const Target> target, std::uint64_t seed,
              Keys used_keys = Keys{key_form()}, const Scripts& scripts = Scripts::embedded(),
              SessionStoreOptions options = {})
      : random(seed),
        connection(io.get_executor(), std::move(target), patient(), clock, random),
        keys(std::move(used_keys)),
        store(connection, keys, policy, options, scripts) {}

  template <class T>
  T run(Task<T> task) {
    return testing::run(io, std::move(task));
  }
  /// The value, or a test failure that says why there is none.
  template <class T>
  T get(Task<service::Stored<T>> task) {
    auto result = run(std::move(task));
    if (!result) throw std::runtime_error("unavailable: " + result.error().why);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }

  service::LoginGate gate(const core::Subject& subject) { return get(store.read_gate(subject)); }

  service::NewSession new_session(const core::Subject& subject, const service::LoginGate& gate) {
    const Uuid sid = Uuid::version7(gate.earliest_begin, random.bytes<10>());
    return {subject,
            sid,
            gate,
            random.bytes<16>(),
            "key-id-0001",
            refresh_id(sid.to_string().substr(6), 0),
            random.bytes<10>(),
            {},
            device,
            lifetimes,
            {},
            limit};
  }

  struct Opened {
    service::NewSession session;
    service::LiveGeneration live;

    std::string sid() const { return session.sid.to_string(); }
  };
  Opened open(const core::Subject& subject) {
    auto session = new_session(subject, gate(subject));
    auto outcome = get(store.open(session));
    if (!outcome.live) throw std::runtime_error("the session was not opened");
    return {std::move(session), *std::move(outcome.live)};
  }

  service::Rotation rotation(const service::NewSession& session, core::Generation generation) {
    const auto name = session.sid.to_string().substr(6);
    return {session.subject,
            session.sid,
            {session.sid.time(), session.nonce, generation},
            refresh_id(name, generation),
            "key-id-0001",
            refresh_id(name, generation + 1),
            random.bytes<10>(),
            device.user_agent,
            device.address,
            session.lifetimes};
  }
  service::RotationOutcome rotate(const service::NewSession& session, core::Generation generation) {
    return get(store.rotate(rotation(session, generation)));
  }
  /// Until `finished`; how many were closed.
  std::int64_t tidy_all(const core::Subject& subject, const core::Reason& reason) {
    std::int64_t closed = 0;
    std::string after;
    for (;;) {
      const auto batch = get(store.tidy(subject, reason, after));
      closed += batch.closed;
      if (batch.finished()) return closed;
      after = batch.next;
    }
  }

  SystemClock clock;
  testing::SeededRandom random;
  boost::asio::io_context io{1};
  Connection connection;
  const Keys keys;
  PolicyInForce policy{{.keys = keys.spelling()}};
  RedisSessionStore store;
  service::Device device{
      "",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/126.0.0.0 Safari/537.36",
      "203.0.113.77"};
  service::SessionLimit limit;
  core::SessionLifetimes lifetimes{std::chrono::hours{14 * 24}, std::chrono::hours{90 * 24},
                                   seconds{900}, seconds{30}};
};

/// A server of its own for each test.
class StoreWorld : public ::testing::Test {
 protected:
  testing::RedisServer server;
  StoreClient client{server.target(), 1};

  std::int64_t integer(const Reply& reply) {
    const auto value = reply.integer();
    EXPECT_TRUE(value.has_value());
    return value.value_or(-1000);
  }
  /// Absolute, in ms; -1 without one, -2 without a key.
  std::int64_t expiry(const std::string& key) { return integer(server.run("PEXPIRETIME", key)); }
  bool stands(const std::string& key) { return integer(server.run("EXISTS", key)) == 1; }
  std::string value(const std::string& key) {
    const auto reply = server.run("GET", key);
    return reply.is_null() ? "(none)" : std::string(reply.text().value_or("(no text)"));
  }
};

/// By how much an entry outlives the last token that it holds down (contract §1).
constexpr std::int64_t kMarginMs = 5 * 60 * 1000;

inline std::int64_t millis(UnixSeconds t) { return count(t) * 1000; }

}  // namespace recant::redis
