// The small language of the JOSE tests: tokens of any header, right or wrong, and keys for them.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "crypto/key.hpp"
#include "crypto/random.hpp"
#include "jose/jws.hpp"
#include "jose/key_set.hpp"

namespace recant::jose {

inline void PrintTo(JwsError error, std::ostream* out) { *out << name_of(error); }

inline crypto::SigningKey draw(crypto::Algorithm algorithm) {
  crypto::SystemRandom random;
  return *crypto::SigningKey::generate(algorithm, random);
}

/// header.payload, encoded; both are taken as they are.
inline std::string signing_input(std::string_view header, std::string_view payload) {
  return base64url_encode(header) + "." + base64url_encode(payload);
}

/// A token with a right signature over whatever stands in it.
inline std::string token(const crypto::SigningKey& key, std::string_view header,
                         std::string_view payload = R"({"sub":"x"})") {
  const std::string input = signing_input(header, payload);
  return input + "." + base64url_encode(key.sign(input));
}

inline KeySet one_key(const crypto::SigningKey& key, std::string kid = "k1") {
  return KeySet({{std::move(kid), key.verification_key()}});
}

/// "accepted", or the name of the error: reads well in a failure.
inline std::string verdict(std::string_view text, const KeySet& keys,
                           const JwsOptions& options = {}) {
  const auto verified = verify_jws(text, keys, options);
  return std::string(verified ? "accepted" : name_of(verified.error()));
}

}  // namespace recant::jose
