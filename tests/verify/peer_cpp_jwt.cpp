#include <exception>
#include <jwt/jwt.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "peers.hpp"

namespace recant::verify {

bool cpp_jwt_accepts(const std::string& token, const PeerKey& key) {
  try {
    std::error_code refused;
    const std::vector<std::string> algorithms{key.algorithm};
    jwt::decode(token, jwt::params::algorithms(algorithms), refused, jwt::params::secret(key.key),
                jwt::params::verify(true));
    return !refused;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace recant::verify
