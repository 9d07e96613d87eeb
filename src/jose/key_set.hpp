// The keys that a verifier knows, by `kid`, and the name that a key has by nature (RFC 7638).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/key.hpp"

namespace recant::jose {

struct NamedKey {
  std::string kid;  ///< empty: the key has no name
  crypto::VerificationKey key;
};

/// Immutable: a changed set is another set. Cheap to copy; usable from any number of threads
/// without a lock.
class KeySet {
 public:
  /// Knows nothing and verifies nothing.
  KeySet();
  /// std::invalid_argument when two keys have one name.
  explicit KeySet(std::vector<NamedKey> keys);
  /// One key, whatever its tokens call it, and if they call it nothing: a secret that two services
  /// share has no name that both know.
  static KeySet of_any_name(crypto::VerificationKey key);

  /// By the exact bytes of a name; nullptr when there is none, and always for the empty name.
  const crypto::VerificationKey* find(std::string_view kid) const;
  /// The key that a token without `kid` means: RFC 7515 §4.1.4 makes the name optional, and with
  /// a single key there is no choice to make. nullptr with more keys, or with none.
  const crypto::VerificationKey* only() const;

  const std::vector<NamedKey>& keys() const { return *keys_; }

 private:
  std::shared_ptr<const std::vector<NamedKey>> keys_;
  bool any_name_ = false;
};

/// base64url(SHA-256(the required members in their order)), RFC 7638 §3 and RFC 8037 §2.
/// std::invalid_argument for HMAC, whose required member a verification key does not give out.
std::string thumbprint(const crypto::VerificationKey& key);
/// Of an HMAC secret.
std::string thumbprint(crypto::Bytes secret);
/// Of any key. That of a secret tells whoever sees it nothing, as the secret is random.
std::string thumbprint(const crypto::SigningKey& key);

}  // namespace recant::jose
