// Private to jose/: a public key as the members of a JWK.
#pragma once

#include "base/json.hpp"
#include "crypto/key.hpp"

namespace recant::jose {

/// What RFC 7638 §3.2 requires, in lexicographic order; empty for HMAC.
json::Object required_members(const crypto::VerificationKey& key);

}  // namespace recant::jose
