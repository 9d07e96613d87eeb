#include <jwt.h>

#include <ctime>

#include "in_process/peers.hpp"
#include "in_process/tokens.hpp"

namespace recant::bench {
namespace {

bool says(jwt_t* decoded, const char* name, std::string_view what) {
  const char* const value = jwt_get_grant(decoded, name);
  return value != nullptr && value == what;
}

}  // namespace

Verify libjwt(const std::string& pem) {
  return [pem](std::string_view token) {
    jwt_t* decoded = nullptr;
    const auto* const key = reinterpret_cast<const unsigned char*>(pem.data());
    if (jwt_decode(&decoded, token.data(), key, static_cast<int>(pem.size())) != 0) {
      return std::string();
    }
    // It verifies by whatever `alg` says, and leaves claims to its caller.
    const bool good = jwt_get_alg(decoded) == JWT_ALG_ES256 && says(decoded, "iss", kIssuer) &&
                      says(decoded, "aud", kAudience) &&
                      jwt_get_grant_int(decoded, "exp") > std::time(nullptr);
    const char* const jti = good ? jwt_get_grant(decoded, "jti") : nullptr;
    std::string found = jti != nullptr ? jti : "";
    jwt_free(decoded);
    return found;
  };
}

}  // namespace recant::bench
