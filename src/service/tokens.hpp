// What a client holds after signing in or refreshing, and how it is made from what the store says.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/uuid.hpp"
#include "core/subject.hpp"
#include "crypto/key.hpp"
#include "service/failure.hpp"
#include "service/refresh_tokens.hpp"
#include "service/session_store.hpp"

namespace recant::service {

/// The *tokens* of the contract, §2.
struct Tokens {
  std::string access_token;
  seconds expires_in;
  std::string refresh_token;
  seconds refresh_expires_in;
  Uuid session_id;
  core::Subject user_id;
  std::string scope;  // space-separated, may be empty
};

struct IssuerOptions {
  std::string issuer;                 // `iss`
  std::vector<std::string> audience;  // `aud`, at least one
  std::string client_id;
};

/// The key that signs now, under the name that verifiers look it up by.
struct NamedSigningKey {
  std::string kid;
  crypto::SigningKey key;
};

/// Claims of ours: a caller may set none of them.
bool is_reserved_claim(std::string_view name);

/// Makes RFC 9068 access tokens and their refresh tokens. One a thread.
class TokenIssuer {
 public:
  TokenIssuer(IssuerOptions options, NamedSigningKey signing_key, RefreshTokens refresh_tokens);

  /// From the next token on.
  void use_keys(NamedSigningKey signing_key, RefreshTokens refresh_tokens);

  /// As they are now: not to be kept across a co_await, behind which keys may have changed.
  const RefreshTokens& refresh_tokens() const { return refresh_tokens_; }

  /// What was answered about a token, so that its receiver can show who said so (RFC 9701 §5).
  /// Nothing while tokens are signed with a secret: then whoever could check it could make it.
  std::optional<std::string> sign_introspection(json::Object answer, std::string_view asker,
                                                UnixMillis now) const;
  /// Of the key that signs those; empty where none does.
  std::string_view introspection_algorithm() const;

  /// Nothing when the refresh secret of that generation is not among ours, or the claims that the
  /// store gave are not a JSON object.
  std::optional<Tokens> issue(const core::Subject& subject, const Uuid& sid,
                              const core::SessionNonce& nonce, const LiveGeneration& live) const;

 private:
  std::optional<std::string> sign_access_token(const core::Subject& subject, const Uuid& sid,
                                               const LiveGeneration& live) const;

  IssuerOptions options_;
  NamedSigningKey signing_key_;
  RefreshTokens refresh_tokens_;
};

}  // namespace recant::service
