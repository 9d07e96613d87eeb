#include "verify/access_token.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "jose/jws.hpp"
#include "verify/claims.hpp"

namespace recant::verify {
namespace {

using Verified = Result<VerifiedToken, TokenError>;

/// A media type without its `application/` prefix, in lower case (RFC 7515 §4.1.9).
std::string short_media_type(std::string_view typ) {
  std::string lower(typ);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  constexpr std::string_view kPrefix = "application/";
  return lower.starts_with(kPrefix) ? lower.substr(kPrefix.size()) : lower;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

std::string_view name_of(TokenError error) {
  switch (error) {
    case TokenError::not_signed_by_us:
      return "not_signed_by_us";
    case TokenError::wrong_type:
      return "wrong_type";
    case TokenError::bad_claims:
      return "bad_claims";
    case TokenError::wrong_issuer:
      return "wrong_issuer";
    case TokenError::wrong_audience:
      return "wrong_audience";
    case TokenError::expired:
      return "expired";
    case TokenError::not_yet_valid:
      return "not_yet_valid";
    case TokenError::too_long_lived:
      return "too_long_lived";
    case TokenError::sender_bound:
      return "sender_bound";
  }
  return "unknown";
}

/// Profile rfc9068 (RFC 9068 §2.2): every claim is there and of its form. `sid` is ours.
struct ClaimsReader {
  static Verified read(json::Value claims) {
    const auto subject = read_id(claims.find("sub"));
    const auto sid_text = read_id(claims.find("sid"));
    auto jti = read_id(claims.find("jti"));
    auto client_id = read_id(claims.find("client_id"));
    auto audience = read_audience(claims.find("aud"));
    const auto issued_at = read_numeric_date(claims.find("iat"), Rounding::down);
    const auto expires_at = read_numeric_date(claims.find("exp"), Rounding::down);
    if (!subject || !sid_text || !jti || !client_id || !audience || !issued_at || !expires_at) {
      return TokenError::bad_claims;
    }
    const auto sid = Uuid::parse(*sid_text);
    if (!sid || !sid->is_version7() || *expires_at < *issued_at) return TokenError::bad_claims;
    const auto auth_time = read_numeric_date(claims.find("auth_time"), Rounding::down);
    if (!auth_time && claims.find("auth_time") != nullptr) return TokenError::bad_claims;
    const json::Value* scope = claims.find("scope");
    if (scope != nullptr && scope->as_string() == nullptr) return TokenError::bad_claims;

    VerifiedToken token{*core::Subject::parse(*subject), *sid};
    token.jti_ = *std::move(jti);
    token.client_id_ = *std::move(client_id);
    token.audience_ = *std::move(audience);
    token.issued_at_ = *issued_at;
    token.expires_at_ = *expires_at;
    token.auth_time_ = auth_time;
    if (scope != nullptr) token.scope_ = *scope->as_string();
    token.claims_ = std::move(claims);
    return token;
  }
};

AccessTokenVerifier::AccessTokenVerifier(AccessTokenOptions options, jose::KeySet keys)
    : options_(std::move(options)), keys_(std::move(keys)) {
  if (options_.issuer.empty() || options_.audience.empty()) {
    throw std::invalid_argument("AccessTokenVerifier needs an issuer and an audience");
  }
  if (options_.leeway < seconds{0} || options_.leeway > seconds{60}) {
    throw std::invalid_argument("AccessTokenVerifier takes a leeway of 0 to 60 seconds");
  }
}

Verified AccessTokenVerifier::verify(std::string_view token, UnixMillis now) const {
  auto verified = identify(token, now);
  if (verified && now >= verified->expires_at() + options_.leeway) return TokenError::expired;
  return verified;
}

Verified AccessTokenVerifier::identify(std::string_view token, UnixMillis now) const {
  auto verified = read(token);
  if (!verified) return verified;
  if (const auto refused = refuse_times(*verified, now)) return *refused;
  return verified;
}

Verified AccessTokenVerifier::read(std::string_view token) const {
  const auto jws = jose::verify_jws(token, keys_);
  if (!jws) return TokenError::not_signed_by_us;
  if (short_media_type(jws->typ()) != "at+jwt" || jws->has_cty()) return TokenError::wrong_type;
  auto claims = json::parse(jws->payload());
  if (!claims || claims->as_object() == nullptr) return TokenError::bad_claims;
  const std::string* issuer = claims->string("iss");
  if (issuer == nullptr) return TokenError::bad_claims;
  if (*issuer != options_.issuer) return TokenError::wrong_issuer;

  auto verified = ClaimsReader::read(*std::move(claims));
  if (!verified) return verified;
  const bool for_us =
      std::any_of(options_.audience.begin(), options_.audience.end(),
                  [&](const std::string& ours) { return contains(verified->audience(), ours); });
  if (!for_us) return TokenError::wrong_audience;
  if (verified->claims().find("cnf") != nullptr) return TokenError::sender_bound;
  return verified;
}

/// Everything about time but expiry.
std::optional<TokenError> AccessTokenVerifier::refuse_times(const VerifiedToken& token,
                                                            UnixMillis now) const {
  if (const json::Value* claim = token.claims().find("nbf")) {
    const auto not_before = read_numeric_date(claim, Rounding::up);
    if (!not_before) return TokenError::bad_claims;
    if (now < *not_before - options_.leeway) return TokenError::not_yet_valid;
  }
  if (token.issued_at() > now + options_.leeway) return TokenError::not_yet_valid;
  if (token.expires_at() - token.issued_at() > options_.longest_life) {
    return TokenError::too_long_lived;
  }
  return std::nullopt;
}

}  // namespace recant::verify
