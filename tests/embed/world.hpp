// The small language of the library's tests: an issuer that signs tokens of now, and a Redis in
// which a server has been.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/uuid.hpp"
#include "core/policy.hpp"
#include "crypto/random.hpp"
#include "jose/jwks.hpp"
#include "jose/sign.hpp"
#include "redis/keys.hpp"
#include "testing/redis_server.hpp"
#include "verify/tokens.hpp"

namespace recant::embed {

inline UnixMillis now() { return SystemClock().wall(); }

inline Uuid new_uuid() {
  crypto::SystemRandom random;
  return Uuid::version7(now(), random.bytes<10>());
}

inline std::string quoted(const std::string& text) { return "\"" + text + "\""; }

/// Signs with one key, which its JWKS names; rotate() draws another.
class Signer {
 public:
  explicit Signer(std::string prefix = "k") : prefix_(std::move(prefix)) { rotate(); }

  void rotate() {
    crypto::SystemRandom random;
    key_.emplace(*crypto::SigningKey::generate(crypto::Algorithm::eddsa, random));
    kid_ = prefix_ + std::to_string(++count_);
  }
  std::string jwks() const {
    return json::serialize(jose::publish_jwks(jose::KeySet({{kid_, key_->verification_key()}})));
  }
  std::string sign(const verify::Claims& claims, const char* typ = "at+jwt") const {
    return jose::sign_jws(*key_, kid_, typ, claims.text());
  }

 private:
  const std::string prefix_;
  int count_ = 0;
  std::string kid_;
  std::optional<crypto::SigningKey> key_;
};

/// A session of now, and its token's claims.
struct Session {
  std::string subject = "alice";
  std::string sid = new_uuid().to_string();
  std::string jti = new_uuid().to_string();

  verify::Claims claims() const {
    const auto issued = count(now()) / 1000;
    verify::Claims claims;
    claims.set("sub", quoted(subject))
        .set("sid", quoted(sid))
        .set("jti", quoted(jti))
        .set("scope", quoted("read write"))
        .set("iat", std::to_string(issued))
        .set("exp", std::to_string(issued + 900));
    return claims;
  }
};

/// A Redis that has a policy, with sessions that are told to it.
class ServedRedis : public testing::RedisServer {
 public:
  explicit ServedRedis(core::Strategy strategy = core::Strategy::blacklist) {
    publish({.strategy = strategy, .max_staleness = milliseconds{250}});
  }
  void publish(const core::Policy& policy) { run("SET", keys.policy(), policy.text()); }
  void open(const Session& session) {
    run("HSET", keys.session(session.subject, session.sid), "v", "1");
  }

  const redis::Keys keys;
};

}  // namespace recant::embed
