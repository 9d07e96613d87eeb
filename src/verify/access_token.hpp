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
  wrong_type,        // `typ` is not the profile's, or there is a `cty`
  bad_claims,        // no JSON object; a claim is missing, of a form that it may not have, or a
                     // subject of another issuer
  wrong_issuer,      // `iss` is not the issuer that owns the key
  wrong_audience,    // none of ours among `aud`
  expired,           // now >= exp + leeway
  not_yet_valid,     // now < nbf - leeway, or issued in the future
  too_long_lived,    // exp - iat is more than any token of its issuer lives
  sender_bound,      // `cnf`: good only together with a proof that a bearer call does not carry
};

std::string_view name_of(TokenError error);

/// Everything but the first was found behind a good signature, so its holder may be told.
constexpr bool signature_was_good(TokenError error) {
  return error != TokenError::not_signed_by_us;
}

/// What a token must say beside iss, sub, aud and exp.
enum class Profile {
  rfc9068,  // RFC 9068: typ at+jwt, iat, jti and client_id
  jwt,  // as the recipe signs them: typ JWT or none; iat, jti and client_id where they are there
};

/// Somebody else whose tokens are good here too (contract §4, `[[issuer]]`).
struct ForeignIssuer {
  std::string name;  // without a slash; goes before its ids
  std::string issuer;
  std::vector<std::string> audience;  // a token names one of these; at least one
  jose::KeySet keys;                  // of nobody else
  Profile profile = Profile::rfc9068;
  std::string sid_claim{};                      // empty: its tokens belong to no session
  seconds longest_life{std::chrono::hours{1}};  // exp - iat of any token of its
  bool shared_ids = false;  // its subjects are ours and its ids stand without its name
};

/// A token whose signature and claims were found good at one moment. Only AccessTokenVerifier
/// makes one. Ids are those by which Redis and backends know it: a foreign issuer's carry its name.
class VerifiedToken {
 public:
  const core::Subject& subject() const { return subject_; }
  /// The session's id; empty when it belongs to none, which happens to foreign ones only.
  const std::string& session() const { return session_; }
  /// Empty when it has none, which happens to foreign ones only.
  const std::string& jti() const { return jti_; }
  /// Nothing when it is not one of ours.
  const std::optional<Uuid>& own_sid() const { return own_sid_; }
  /// A foreign one whose subject and jti are to be read as ours.
  bool has_shared_ids() const { return shared_ids_; }
  /// `name` of the foreign issuer; empty for ours.
  const std::string& issuer_name() const { return issuer_name_; }

  /// The instant that watermarks are held against: the beginning of our session; for a foreign
  /// token `iat` less the leeway, or the beginning of time when it has none, so that any watermark
  /// covers it.
  UnixMillis begun() const { return begun_; }
  /// Empty when it has none, which happens to foreign ones only.
  const std::string& client_id() const { return client_id_; }
  const std::vector<std::string>& audience() const { return audience_; }
  /// Space-separated; empty when there is none.
  const std::string& scope() const { return scope_; }
  /// Nothing when a foreign one does not say.
  std::optional<UnixSeconds> issued_at() const { return issued_at_; }
  UnixSeconds expires_at() const { return expires_at_; }
  /// When the subject signed in; nothing when the token does not say.
  std::optional<UnixSeconds> auth_time() const { return auth_time_; }
  /// All claims, as they stand in the token.
  const json::Value& claims() const { return claims_; }

 private:
  friend struct ClaimsReader;
  explicit VerifiedToken(core::Subject subject) : subject_(std::move(subject)) {}

  core::Subject subject_;
  std::string session_;
  std::string jti_;
  std::optional<Uuid> own_sid_;
  bool shared_ids_ = false;
  std::string issuer_name_;
  UnixMillis begun_{};
  std::string client_id_;
  std::vector<std::string> audience_;
  std::string scope_;
  std::optional<UnixSeconds> issued_at_;
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
///
/// It knows several issuers: ours and others. A key belongs to one of them, so the key that a
/// signature is good under says whose the token is; then its `iss` must be that issuer's and
/// everything else is judged by that issuer's rules.
class AccessTokenVerifier {
 public:
  /// std::invalid_argument without an issuer or an audience (nothing would be checked), for a
  /// leeway beyond its bounds (a blacklist entry outlives its token by a time made for 60 s), and
  /// where two issuers have one name or one `iss`.
  AccessTokenVerifier(AccessTokenOptions options, jose::KeySet keys,
                      std::vector<ForeignIssuer> others = {});

  /// From the next token on: a key that is not among them verifies nothing any more.
  void use_keys(jose::KeySet keys) { keys_ = std::move(keys); }

  Result<VerifiedToken, TokenError> verify(std::string_view token, UnixMillis now) const;
  /// As verify(), but an expired token is good too: to know whose session is to end, and for
  /// nothing else.
  Result<VerifiedToken, TokenError> identify(std::string_view token, UnixMillis now) const;

  /// From then on a token has expired here: `exp` and the leeway.
  UnixMillis expired_at(const VerifiedToken& token) const {
    return token.expires_at() + options_.leeway;
  }

  /// By its name; nullptr when there is none.
  const ForeignIssuer* find_issuer(std::string_view name) const;
  /// Subjects that are no subjects of ours, as they are spelled like another issuer's.
  const core::ForeignNames& foreign_names() const { return foreign_names_; }

 private:
  Result<VerifiedToken, TokenError> read(std::string_view token) const;
  std::optional<TokenError> refuse_times(const VerifiedToken& token, UnixMillis now) const;
  seconds longest_life_of(const VerifiedToken& token) const;

  AccessTokenOptions options_;
  jose::KeySet keys_;
  std::vector<ForeignIssuer> others_;
  core::ForeignNames foreign_names_;
};

}  // namespace recant::verify
