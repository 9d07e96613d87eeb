// Two libraries of others that judge the same tokens; each in a .cpp of its own, since both call
// themselves `jwt`. They know HS*, RS* and ES*, and of claims no more than exp and nbf.
#pragma once

#include <string>

namespace recant::verify {

/// `key`: the PEM of a public key, or the bytes of a secret.
struct PeerKey {
  std::string algorithm;
  std::string key;
};

bool libjwt_accepts(const std::string& token, const PeerKey& key);
bool cpp_jwt_accepts(const std::string& token, const PeerKey& key);

}  // namespace recant::verify
