#include <jwt.h>

#include <string_view>

#include "peers.hpp"

namespace recant::verify {

bool libjwt_accepts(const std::string& token, const PeerKey& key) {
  jwt_t* decoded = nullptr;
  const int refused =
      jwt_decode(&decoded, token.c_str(), reinterpret_cast<const unsigned char*>(key.key.data()),
                 static_cast<int>(key.key.size()));
  if (refused != 0) return false;
  // It verifies by whatever `alg` says; that it is the key's is its caller's to ask.
  const char* algorithm = jwt_alg_str(jwt_get_alg(decoded));
  const bool same = algorithm != nullptr && std::string_view(algorithm) == key.algorithm;
  jwt_free(decoded);
  return same;
}

}  // namespace recant::verify
