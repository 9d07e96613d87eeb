// Refresh tokens as text: `rt_` + base64url(version, key id, sid, generation, nonce, subject, MAC).
//
// The MAC covers all that stands before it, so a token is known to be ours before Redis is asked,
// and the successor of a generation can be computed again for whoever retries: it is stored
// nowhere. Redis alone makes no token (it lacks the secret); the secret alone makes none either (it
// lacks the session's nonce). docs/adr/0001.
//
// Immutable, cheap to copy, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"
#include "core/refresh_family.hpp"
#include "core/subject.hpp"

namespace recant::service {

using RefreshKeyId = std::array<std::uint8_t, 8>;

/// From base64url; nothing for another form.
std::optional<RefreshKeyId> parse_refresh_key_id(std::string_view text);

struct RefreshSecret {
  RefreshKeyId id;
  std::array<std::uint8_t, 32> secret;
};

struct RefreshTokenFields {
  Uuid sid;
  core::Generation generation;
  core::SessionNonce nonce;
  core::Subject subject;
};

class RefreshTokens {
 public:
  /// The first makes new tokens; all of them open old ones. At least one.
  /// What was made with one of `retired` is ours no more.
  explicit RefreshTokens(std::vector<RefreshSecret> secrets,
                         std::vector<RefreshKeyId> retired = {});
  /// Opens what `other` opens too, and goes on making tokens as before.
  RefreshTokens with_secrets_of(const RefreshTokens& other) const;

  /// Base64url; what the session record keeps of the secret in use.
  std::string current_key_id() const;
  /// Can tokens be made and opened with the secret `key_id`?
  bool knows(std::string_view key_id) const;
  /// Made with the secret `key_id`; nothing when it is not among ours.
  std::optional<std::string> make(const RefreshTokenFields& fields, std::string_view key_id) const;
  /// Nothing unless every byte is as we made it.
  std::optional<RefreshTokenFields> open(std::string_view token) const;
  /// Does a token that does not open name a secret that was retired? Nothing else is known of it.
  bool is_of_retired(std::string_view token) const;

  /// `refresh_token:<this>`: base64url(SHA-256(the whole token)).
  static std::string id_of(std::string_view token);

 private:
  const RefreshSecret* find(const RefreshKeyId& id) const;
  std::shared_ptr<const std::vector<RefreshSecret>> secrets_;
  std::shared_ptr<const std::vector<RefreshKeyId>> retired_;
};

/// Does it look like one of ours, whatever it is worth?
constexpr bool has_refresh_token_form(std::string_view text) { return text.starts_with("rt_"); }

}  // namespace recant::service
