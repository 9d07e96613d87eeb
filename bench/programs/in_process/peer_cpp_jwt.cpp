#include <jwt/jwt.hpp>
#include <system_error>
#include <vector>

#include "in_process/peers.hpp"
#include "in_process/tokens.hpp"

namespace recant::bench {

Verify cpp_jwt(const std::string& pem) {
  return [pem, algorithms = std::vector<std::string>{"ES256"}](std::string_view token) {
    std::error_code refused;
    const auto decoded = jwt::decode(jwt::string_view(token.data(), token.size()),
                                     jwt::params::algorithms(algorithms), refused,
                                     jwt::params::secret(pem), jwt::params::issuer(kIssuer),
                                     jwt::params::aud(kAudience), jwt::params::verify(true));
    if (refused) return std::string();
    return decoded.payload().get_claim_value<std::string>("jti");
  };
}

}  // namespace recant::bench
