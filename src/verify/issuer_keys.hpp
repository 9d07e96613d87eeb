// The keys of one issuer among several: which of a set it may sign with, and that no key is two
// issuers'. Pure.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "jose/key_set.hpp"

namespace recant::verify {

struct IssuerKeys {
  jose::KeySet keys;
  std::vector<std::string> thumbprints;  ///< RFC 7638; of all of them
};

/// On failure what is wrong, to follow the name of the file or address: "is not a JWK set to rely
/// on: …", also when none of its keys is of an algorithm that is allowed. Secrets are passed over:
/// they do not belong into a published set.
Result<IssuerKeys, std::string> read_issuer_jwks(std::string_view text,
                                                 std::span<const crypto::Algorithm> allowed);

/// The secret that the issuer shares with whoever verifies. On failure what is wrong, to follow the
/// name of the file.
Result<IssuerKeys, std::string> read_issuer_secret(crypto::Bytes secret,
                                                   std::span<const crypto::Algorithm> allowed);

/// Whose each key is. A key of two issuers would tell nobody whose token it signed, and each could
/// speak for the other. Not thread-safe.
class KeyOwners {
 public:
  /// Who has it already, if somebody else does.
  std::optional<std::string> take(const std::string& thumbprint, const std::string& owner);
  std::optional<std::string> take(const IssuerKeys& keys, const std::string& owner);

 private:
  std::map<std::string, std::string> owners_;
};

}  // namespace recant::verify
