// The keys that tokens are made with, as files in <data>/keys/, one each (0600): signing keys as
// PKCS#8 PEM (HMAC secrets as base64url), and refresh secrets as base64url.
//
//   signing-1700000000000-ES256-<kid>.pem      refresh-1700000000000-<id>.secret
//
// Used at start, by one process.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/refusal.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "crypto/key.hpp"
#include "service/refresh_tokens.hpp"

namespace recant::app {

struct NamedSigningKey {
  std::string kid;
  UnixMillis created;
  crypto::SigningKey key;
};

struct Keys {
  /// The first signs: the newest of the configured algorithm. All verify.
  std::vector<NamedSigningKey> signing;
  /// The first makes new refresh tokens; all open old ones. Newest first.
  std::vector<service::RefreshSecret> refresh;
  /// About files that are no keys and were left alone.
  std::vector<std::string> warnings;
};

/// Reads all keys, and makes what is missing: a signing key of `algorithm`, a refresh secret.
/// Refused when a key file is open to others, or does not hold what its name says.
OrRefusal<Keys> load_or_make_keys(const std::filesystem::path& directory,
                                  crypto::Algorithm algorithm, const Clock& clock,
                                  RandomSource& random);

}  // namespace recant::app
