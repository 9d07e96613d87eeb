// Header and claims of a token whose signature is good: the first line is the header, the rest the
// payload. An issuer may be careless or hostile; what comes out is then still what it must be.
#include "verify/access_token.hpp"

#include "base/base64url.hpp"
#include "jose/jws.hpp"
#include "targets.hpp"

namespace recant::fuzz {
namespace {

constexpr std::string_view kSecret =
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
constexpr UnixMillis kNow = unix_millis(1'700'000'000'000);

verify::AccessTokenVerifier make_verifier() {
  auto key =
      *crypto::VerificationKey::from_secret(crypto::Algorithm::hs256, crypto::as_bytes(kSecret));
  return {{.issuer = "https://issuer.example", .audience = {"api"}},
          jose::KeySet({{"k1", std::move(key)}})};
}

std::string sign(std::string_view header, std::string_view payload) {
  const std::string input = base64url_encode(header) + "." + base64url_encode(payload);
  return input + "." +
         base64url_encode(crypto::hmac_sha256(crypto::as_bytes(kSecret), crypto::as_bytes(input)));
}

void require_sound_header(std::string_view text) {
  const auto header = json::parse(text);
  require(header && header->as_object(), "a header that is no object is good");
  const std::string* alg = header->string("alg");
  require(alg && *alg == "HS256", "another algorithm than the key's is good (J12)");
  for (const char* name : {"crit", "b64", "zip", "enc", "p2c", "cty"}) {
    require(header->find(name) == nullptr, "a header member that nobody understands is good");
  }
}

void require_sound(const verify::VerifiedToken& token) {
  const auto& subject = token.subject().text();
  require(!subject.empty() && subject.size() <= 255, "a subject is empty or too long (J48)");
  require(token.own_sid() && token.own_sid()->is_version7(), "a session is no UUIDv7");
  require(!token.jti().empty() && !token.client_id().empty(), "an id is missing (J42)");
  require(token.issued_at() && *token.issued_at() <= token.expires_at(), "it ends too early (J45)");
  require(token.expires_at() - *token.issued_at() <= std::chrono::hours{24},
          "lives too long (J45)");
  require(kNow < token.expires_at() + seconds{30}, "an expired token is good (J44)");
  const std::string* issuer = token.claims().string("iss");
  require(issuer && *issuer == "https://issuer.example", "another issuer's is good (J46)");
  require(token.claims().find("cnf") == nullptr, "a bound token is good (J52)");
  bool for_us = false;
  for (const std::string& audience : token.audience()) for_us = for_us || audience == "api";
  require(for_us, "a token for somebody else is good (J47)");
}

}  // namespace

bool access_token(std::string_view bytes) {
  static const auto verifier = make_verifier();
  const auto end = std::min(bytes.find('\n'), bytes.size());
  const auto header = bytes.substr(0, end);
  const auto payload = bytes.substr(std::min(end + 1, bytes.size()));
  const std::string token = sign(header, payload);
  const auto verified = verifier.verify(token, kNow);
  if (!verified) return false;
  require_sound_header(header);
  require_sound(*verified);
  require(verifier.identify(token, kNow).has_value(), "a good token is nobody's");
  return true;
}

}  // namespace recant::fuzz
