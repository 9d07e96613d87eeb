// The library by its public header, on a real Redis in which a server has been.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <recant/verifier.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "testing/temporary_directory.hpp"
#include "world.hpp"

namespace recant::embed {

constexpr std::chrono::seconds kLong{20};

inline ::testing::AssertionResult until(const std::function<bool()>& so) {
  const auto end = std::chrono::steady_clock::now() + kLong;
  while (!so()) {
    if (std::chrono::steady_clock::now() > end) return ::testing::AssertionFailure() << "never";
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return ::testing::AssertionSuccess();
}

class Embedded : public ::testing::Test {
 protected:
  Embedded() {
    testing::write_text(directory / "keys.json", signer.jwks());
    options.redis_url = redis.url();
    options.redis_timeout = std::chrono::seconds(5);
    options.issuer = verify::options().issuer;
    options.audience = {"api"};
    options.jwks_file = directory / "keys.json";
  }

  std::unique_ptr<Verifier> create() {
    auto created = Verifier::create(options);
    if (!created) throw std::runtime_error(created.message());
    return std::move(created.verifier);
  }
  std::unique_ptr<Verifier> ready() {
    auto verifier = create();
    if (!until([&] { return verifier->ready(); }))
      throw std::runtime_error(verifier->why_not_ready());
    return verifier;
  }
  /// Of a session that stands.
  std::string token(const Session& session = {}) {
    redis.open(session);
    return signer.sign(session.claims());
  }

  const testing::TemporaryDirectory directory;
  Signer signer;
  ServedRedis redis;
  VerifierOptions options;
};

/// "valid", "revoked: token".
inline std::string said(const Checked& checked) {
  std::string text = to_string(checked.verdict());
  if (!checked.reason().empty()) text += ": " + std::string(checked.reason());
  return text;
}

}  // namespace recant::embed
