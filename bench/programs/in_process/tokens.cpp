#include "in_process/tokens.hpp"

#include <array>
#include <future>
#include <iostream>
#include <random>
#include <stdexcept>
#include <thread>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/uuid.hpp"
#include "crypto/random.hpp"
#include "in_process/public_pem.hpp"
#include "in_process/redis.hpp"
#include "jose/jwks.hpp"
#include "jose/sign.hpp"

namespace recant::bench {
namespace {

constexpr const char* kKid = "bench";

crypto::SigningKey new_key() {
  crypto::SystemRandom random;
  return *crypto::SigningKey::generate(crypto::Algorithm::es256, random);
}

/// Good enough for names, and quick.
class Names {
 public:
  explicit Names(unsigned seed) : engine_((std::uint64_t{std::random_device{}()} << 32) + seed) {}

  std::string next(UnixMillis now) {
    std::array<std::uint8_t, 10> bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
    return Uuid::version7(now, bytes).to_string();
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace

Issuer::Issuer(int redis_port) : redis_port_(redis_port), key_(new_key()) {}

Tokens Issuer::make(std::size_t count, const char* typ) const {
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::future<Tokens>> parts;
  for (std::size_t i = 0; i < threads; ++i) {
    const std::size_t share = count * (i + 1) / threads - count * i / threads;
    parts.push_back(std::async(
        std::launch::async, [=, this] { return make_some(share, typ, static_cast<unsigned>(i)); }));
  }
  Tokens all;
  for (auto& part : parts) all.add(part.get());
  return all;
}

Tokens Issuer::make_some(std::size_t count, const char* typ, unsigned seed) const {
  constexpr std::size_t kAtOnce = 1000;
  constexpr std::size_t kTold = 100'000;
  Redis redis(redis_port_);
  Names names(seed);
  Tokens tokens;
  for (std::size_t i = 0; i < count; ++i) {
    const auto now = SystemClock().wall();
    const auto issued = ::recant::count(now) / 1000;
    const auto sub = names.next(now), sid = names.next(now);
    const auto claims = std::string(R"({"iss":")") + kIssuer + R"(","sub":")" + sub +
                        R"(","aud":")" + kAudience + R"(","client_id":"web","iat":)" +
                        std::to_string(issued) + R"(,"exp":)" +
                        std::to_string(issued + kLifeSeconds) + R"(,"jti":")" + names.next(now) +
                        R"(","sid":")" + sid + R"(","scope":"orders:read orders:write"})";
    tokens.add(jose::sign_jws(key_, kKid, typ, claims));
    // That it stands is all that a check asks.
    redis.queue_set("session:user:" + sub + ':' + sid, "1", kLifeSeconds);
    if (i % kAtOnce == 0) redis.flush();
    if (seed == 0 && (i + 1) % kTold == 0) std::cerr << "signed " << i + 1 << " a core\n";
  }
  redis.flush();
  return tokens;
}

std::string Issuer::jwks() const {
  const jose::KeySet keys({{kKid, key_.verification_key()}});
  return json::serialize(jose::publish_jwks(keys));
}

std::string Issuer::pem() const { return public_pem(key_.export_private().reveal()); }

}  // namespace recant::bench
