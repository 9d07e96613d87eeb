// Making a JWS in compact form (RFC 7515 §7.1). Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "crypto/key.hpp"

namespace recant::jose {

/// The header is alg, typ and kid, the last two unless empty. The payload goes in as it is.
std::string sign_jws(const crypto::SigningKey& key, std::string_view kid, std::string_view typ,
                     std::string_view payload);

}  // namespace recant::jose
