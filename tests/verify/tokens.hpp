// The small language of the verifier's tests: a good token, and every way to make it another.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "crypto/key.hpp"
#include "crypto/random.hpp"
#include "jose/sign.hpp"
#include "verify/access_token.hpp"

namespace recant::verify {

inline void PrintTo(TokenError error, std::ostream* out) { *out << name_of(error); }

constexpr UnixMillis kNow = unix_millis(1'700'000'000'000);
constexpr std::string_view kSid = "018bcfe5-6400-7cc3-98c4-dc0c0c07398f";  // begun 1.024 s before

/// Claims as JSON text, so that a test can write what no serializer would.
class Claims {
 public:
  Claims() {
    set("iss", R"("https://issuer.example")");
    set("sub", R"("0190a1b2-0000-7000-8000-000000000001")");
    set("aud", R"("api")");
    set("client_id", R"("web")");
    set("iat", "1699999990");
    set("exp", "1700000890");
    set("jti", R"("018bcfe5-6800-7000-8000-00000000000a")");
    set("sid", "\"" + std::string(kSid) + "\"");
  }
  Claims& set(const std::string& name, const std::string& json) {
    drop(name);
    members_.emplace_back(name, json);
    return *this;
  }
  Claims& drop(const std::string& name) {
    std::erase_if(members_, [&](const auto& member) { return member.first == name; });
    return *this;
  }
  std::string text() const {
    std::string out = "{";
    for (const auto& [name, json] : members_) {
      out += (out.size() > 1 ? ",\"" : "\"") + name + "\":" + json;
    }
    return out + "}";
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

inline const crypto::SigningKey& signing_key() {
  static const crypto::SigningKey key = [] {
    crypto::SystemRandom random;
    return *crypto::SigningKey::generate(crypto::Algorithm::eddsa, random);
  }();
  return key;
}

inline std::string signed_token(std::string_view payload, std::string_view typ = "at+jwt") {
  return jose::sign_jws(signing_key(), "k1", typ, payload);
}
inline std::string signed_token(const Claims& claims) { return signed_token(claims.text()); }

inline AccessTokenOptions options() {
  return {.issuer = "https://issuer.example", .audience = {"api", "admin"}, .leeway = seconds{30}};
}
inline AccessTokenVerifier verifier(AccessTokenOptions chosen = options()) {
  return {std::move(chosen), jose::KeySet({{"k1", signing_key().verification_key()}})};
}

/// "accepted", or the name of the error.
inline std::string verdict(const std::string& token, UnixMillis now = kNow,
                           AccessTokenOptions chosen = options()) {
  const auto verified = verifier(std::move(chosen)).verify(token, now);
  return std::string(verified ? "accepted" : name_of(verified.error()));
}
inline std::string verdict(const Claims& claims, UnixMillis now = kNow,
                           AccessTokenOptions chosen = options()) {
  return verdict(signed_token(claims), now, std::move(chosen));
}

}  // namespace recant::verify
