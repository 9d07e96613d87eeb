// Keys, parsed and checked once, each for exactly one algorithm (RFC 8725 §3.1).
//
// Both types are immutable handles: cheap to copy, and usable from any number of threads at once.
// Signatures have the form that JWS gives them: ECDSA is r || s (RFC 7518 §3.4), not DER.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/algorithm.hpp"
#include "crypto/digest.hpp"

namespace recant::crypto {

/// Why something is not a key that we use.
enum class KeyError {
  malformed,        ///< not PEM, not PKCS#8, or more than one key
  encrypted,        ///< a PEM that asks for a passphrase
  wrong_algorithm,  ///< a key of another family or curve than the algorithm needs
  wrong_length,     ///< a coordinate that has not exactly the curve's length
  not_on_curve,     ///< also the point at infinity
  weak_point,       ///< Ed25519: small order, or not the canonical spelling of a point
  too_small,        ///< RSA below 2048 bits; an HMAC secret shorter than its hash
  too_large,        ///< RSA above 8192 bits: too slow to be handed to strangers
  bad_modulus,      ///< RSA: even, with a leading zero octet, or one that ROCA can factor
  bad_exponent,     ///< RSA: e even, below 65537, above 64 bits, or with a leading zero octet
  weak_secret,      ///< an HMAC secret that somebody typed; one of our own that was not drawn
  inconsistent,     ///< the public half does not belong to the private one
};
std::string_view to_string(KeyError error);

using ByteVector = std::vector<std::uint8_t>;

/// The public members of RFC 7518 §6 and RFC 8037 §2 as bytes.
struct EcPublic {
  ByteVector x, y;
};
struct OkpPublic {
  ByteVector x;
};
struct RsaPublic {
  ByteVector n, e;
};
/// A symmetric key has none: it is never published.
struct NoPublic {};
using PublicMembers = std::variant<NoPublic, EcPublic, OkpPublic, RsaPublic>;

class VerificationKey {
 public:
  static Result<VerificationKey, KeyError> from_public(Algorithm algorithm,
                                                       const PublicMembers& members);
  /// HS* only. The secret's bytes as they are.
  static Result<VerificationKey, KeyError> from_secret(Algorithm algorithm, Bytes secret);

  Algorithm algorithm() const;
  const PublicMembers& public_members() const;
  /// False for any signature but one of this key over these bytes, whatever its length.
  bool verify(std::string_view message, Bytes signature) const;

  /// What stands behind a key; defined and known in crypto/ only.
  class Impl;
  explicit VerificationKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

class SigningKey {
 public:
  /// RSA is drawn with 3072 bits. Secrets and Ed25519 seeds come from `random`; EC and RSA keys
  /// from OpenSSL's own generator, which takes no other.
  static Result<SigningKey, KeyError> generate(Algorithm algorithm, RandomSource& random);
  /// What export_private() writes: an unencrypted PKCS#8 PEM, or for HS* the bytes themselves.
  static Result<SigningKey, KeyError> import_private(Algorithm algorithm, const SecretString& text);
  SecretString export_private() const;

  Algorithm algorithm() const;
  const VerificationKey& verification_key() const;
  /// ECDSA signatures are randomised, and of the two forms the one with the low s is written.
  ByteVector sign(std::string_view message) const;

  class Impl;
  explicit SigningKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace recant::crypto
