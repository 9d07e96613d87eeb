// JWK sets (RFC 7517): reading those of an issuer, which may be anybody's bytes, and writing ours.
// Pure and thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "jose/key_set.hpp"

namespace recant::jose {

/// Why a whole set is refused. A key that is merely not for us (another `kty` or `crv`, another
/// `alg`, `use` other than "sig", `key_ops` without "verify") is passed over instead.
enum class JwksFault {
  not_json,             ///< or beyond the limits: 256 KiB, 16 levels, 16 KiB a string
  not_a_set,            ///< no object with an array "keys"
  too_many_keys,        ///< more than 64
  malformed_key,        ///< a member is missing, of another type, or not canonical base64url
  inconsistent_use,     ///< `use` and `key_ops` contradict each other, or `key_ops` repeats itself
  private_key,          ///< a private member: whoever published it has lost the key
  unusable_key,         ///< see JwksError::key_error
  missing_algorithm,    ///< a secret without `alg`: nothing else tells which
  duplicate_kid,        ///< two keys of one name, whether for us or not
  secrets_among_public  ///< HMAC secrets beside public keys (RFC 8725 §3.1)
};

struct JwksError {
  JwksFault fault;
  std::size_t index = 0;  ///< of the key in "keys", where there is one
  std::optional<crypto::KeyError> key_error = {};

  /// "key 2: it is too short for the algorithm"; quotes nothing of the set.
  std::string message() const;
};

/// One algorithm a key: `alg`, else the one that the curve implies, else RS256 for RSA.
Result<KeySet, JwksError> parse_jwks(std::string_view text);

/// The asymmetric keys with kid, alg and use; never a secret.
json::Value publish_jwks(const KeySet& keys);

}  // namespace recant::jose
