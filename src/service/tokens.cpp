#include "service/tokens.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "jose/sign.hpp"

namespace recant::service {
namespace {

/// RFC 9068 §2.2, RFC 7519 §4.1, and what else would mean something to a verifier of ours.
constexpr std::array<std::string_view, 16> kReservedClaims{
    "iss",   "sub",       "aud",       "exp", "nbf", "iat",   "jti",    "sid",
    "scope", "client_id", "auth_time", "cnf", "act", "nonce", "status", "token_use"};

json::Value audience_claim(const std::vector<std::string>& audience) {
  if (audience.size() == 1) return audience.front();
  json::Array all;
  for (const std::string& one : audience) all.emplace_back(one);
  return all;
}

}  // namespace

bool is_reserved_claim(std::string_view name) {
  return std::find(kReservedClaims.begin(), kReservedClaims.end(), name) != kReservedClaims.end();
}

TokenIssuer::TokenIssuer(IssuerOptions options, NamedSigningKey signing_key,
                         RefreshTokens refresh_tokens)
    : options_(std::move(options)),
      signing_key_(std::move(signing_key)),
      refresh_tokens_(std::move(refresh_tokens)) {}

void TokenIssuer::use_keys(NamedSigningKey signing_key, RefreshTokens refresh_tokens) {
  signing_key_ = std::move(signing_key);
  refresh_tokens_ = std::move(refresh_tokens);
}

std::optional<Tokens> TokenIssuer::issue(const core::Subject& subject, const Uuid& sid,
                                         const core::SessionNonce& nonce,
                                         const LiveGeneration& live) const {
  const RefreshTokenFields fields{sid, live.generation, nonce, subject};
  auto refresh_token = refresh_tokens_.make(fields, live.key_id);
  if (!refresh_token) return std::nullopt;
  // Both ends are told in whole seconds, as `exp` and `iat` are: a new token's is its whole life.
  const auto now = std::chrono::floor<seconds>(live.now);
  const auto left = [&](auto end) {
    return std::max(seconds{0}, std::chrono::floor<seconds>(end) - now);
  };
  auto access_token = sign_access_token(subject, sid, live);
  if (!access_token) return std::nullopt;
  return Tokens{*std::move(access_token),
                left(live.access.expires_at),
                *std::move(refresh_token),
                left(live.session_end),
                sid,
                subject,
                live.grant.scope};
}

std::string_view TokenIssuer::introspection_algorithm() const {
  const auto algorithm = signing_key_.key.algorithm();
  if (crypto::info(algorithm).family == crypto::KeyFamily::oct) return {};
  return to_string(algorithm);
}

std::optional<std::string> TokenIssuer::sign_introspection(json::Object answer,
                                                           std::string_view asker,
                                                           UnixMillis now) const {
  if (introspection_algorithm().empty()) return std::nullopt;
  // No sub and no exp beside it, and a type of its own: it must pass for no token (RFC 9701 §8.1).
  json::Object claims{{"iss", options_.issuer},
                      {"aud", asker},
                      {"iat", count(std::chrono::floor<seconds>(now))},
                      {"token_introspection", std::move(answer)}};
  return jose::sign_jws(signing_key_.key, signing_key_.kid, "token-introspection+jwt",
                        json::serialize(std::move(claims)));
}

/// RFC 9068 §2. Nothing when what stands for custom claims is no JSON object: whoever may write to
/// the store can have put anything there, and a token must not say less than it was to say.
std::optional<std::string> TokenIssuer::sign_access_token(const core::Subject& subject,
                                                          const Uuid& sid,
                                                          const LiveGeneration& live) const {
  json::Object claims{
      {"iss", options_.issuer},
      {"sub", subject.text()},
      {"aud", audience_claim(options_.audience)},
      {"client_id", options_.client_id},
      {"iat", count(live.access.issued_at)},
      {"exp", count(live.access.expires_at)},
      {"jti", live.jti},
      {"sid", sid.to_string()},
      {"auth_time", count(std::chrono::floor<seconds>(sid.time()))},
  };
  if (!live.grant.scope.empty()) claims.set("scope", live.grant.scope);
  if (!live.grant.claims_json.empty()) {
    const auto custom = json::parse(live.grant.claims_json);
    const json::Object* members = custom ? custom->as_object() : nullptr;
    if (members == nullptr) return std::nullopt;
    // Never over one of ours, whatever an old record holds.
    for (const auto& [name, value] : *members) {
      if (!is_reserved_claim(name)) claims.set(name, value);
    }
  }
  return jose::sign_jws(signing_key_.key, signing_key_.kid, "at+jwt",
                        json::serialize(std::move(claims)));
}

}  // namespace recant::service
