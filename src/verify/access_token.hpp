// Access tokens (RFC 9068): from text to VerifiedToken, or why not. Without I/O and without a clock
// of its own; whether a good token was taken back is verify/revocation's question.
//
// The order is: form, header, key, signature, and only then claims, so nothing of a token is
// believed, nor even told about, before its signature is good (security bar J32).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "core/subject.hpp"
#include "jose/key_set.hpp"

namespace recant::verify {

enum class TokenError {
  not_signed_by_us,  // form, header, key or signature; never told apart to strangers
  wrong_type,        // `typ` is not at+jwt, or there is a `cty`
  bad_claims,        // not a JSON object, a claim is missing or of a form that it may not have
  wrong_issuer,      // `iss` is not the issuer that owns the key
  wrong_audience,    // none of ours among `aud`
  expired,           // now >= exp + leeway
  not_yet_valid,     // now < nbf - leeway, or issued in the future
  too_long_lived,    // exp - iat is more than any token of ours lives
  sender_bound,      // `cnf`: good only together with a proof that a bearer call does not carry
};

std::string_view name_of(TokenError error);

/// Everything but the first was found behind a good signature, so its holder may be told.
constexpr bool signature_was_good(TokenError error) {
  return error != TokenError::not_signed_by_us;
}

/// A token whose signature and claims were found good at one moment. Only AccessTokenVerifier
/// makes one.
class VerifiedToken {
 public:
  const core::Subject& subject() const { return subject_; }
  const Uuid& sid() const { return sid_; }
  const std::string& jti() const { return jti_; }
  const std::string& client_id() const { return client_id_; }
  const std::vector<std::string>& audience() const { return audience_; }
  /// Space-separated; empty when there is none.
  const std::string& scope() const { return scope_; }
  UnixSeconds issued_at() const { return issued_at_; }
  UnixSeconds expires_at() const { return expires_at_; }
  /// When the subject signed in; nothing when the token does not say.
  std::optional<UnixSeconds> auth_time() const { return auth_time_; }
  /// All claims, as they stand in the token.
  const json::Value& claims() const { return claims_; }

 private:
  friend class AccessTokenVerifier;
  friend struct ClaimsReader;
  VerifiedToken(core::Subject subject, Uuid sid) : subject_(std::move(subject)), sid_(sid) {}

  core::Subject subject_;
  Uuid sid_;
  std::string jti_;
  std::string client_id_;
  std::vector<std::string> audience_;
  std::string scope_;
  UnixSeconds issued_at_;
  UnixSeconds expires_at_;
  std::optional<UnixSeconds> auth_time_;
  json::Value claims_;
};

struct AccessTokenOptions {
  std::string issuer;                            // compared byte by byte (RFC 9068 §4)
  std::vector<std::string> audience;             // a token names one of these; at least one
  seconds leeway{30};                            // for clocks that differ; 0 to 60 s
  seconds longest_life{std::chrono::hours{24}};  // exp - iat of any token of ours
};

/// One a thread, where keys are replaced while it runs; else immutable and thread-safe.
class AccessTokenVerifier {
 public:
  /// std::invalid_argument without an issuer or an audience (nothing would be checked), and for a
  /// leeway beyond its bounds (a blacklist entry outlives its token by a time made for 60 s).
  AccessTokenVerifier(AccessTokenOptions options, jose::KeySet keys);

  /// From the next token on: a key that is not among them verifies nothing any more.
  void use_keys(jose::KeySet keys) { keys_ = std::move(keys); }

  Result<VerifiedToken, TokenError> verify(std::string_view token, UnixMillis now) const;
  /// As verify(), but an expired token is good too: to know whose session is to end, and for
  /// nothing else.
  Result<VerifiedToken, TokenError> identify(std::string_view token, UnixMillis now) const;

 private:
  Result<VerifiedToken, TokenError> read(std::string_view token) const;
  std::optional<TokenError> refuse_times(const VerifiedToken& token, UnixMillis now) const;

  AccessTokenOptions options_;
  jose::KeySet keys_;
};

}  // namespace recant::verify
