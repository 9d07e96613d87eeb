#include "jose/members.hpp"

#include "base/base64url.hpp"

namespace recant::jose {

json::Object required_members(const crypto::VerificationKey& key) {
  const auto& info = crypto::info(key.algorithm());
  struct ToMembers {
    std::string_view curve, kty;
    json::Object operator()(const crypto::NoPublic&) const { return {}; }
    json::Object operator()(const crypto::EcPublic& ec) const {
      return {{"crv", curve},
              {"kty", kty},
              {"x", base64url_encode(ec.x)},
              {"y", base64url_encode(ec.y)}};
    }
    json::Object operator()(const crypto::OkpPublic& okp) const {
      return {{"crv", curve}, {"kty", kty}, {"x", base64url_encode(okp.x)}};
    }
    json::Object operator()(const crypto::RsaPublic& rsa) const {
      return {{"e", base64url_encode(rsa.e)}, {"kty", kty}, {"n", base64url_encode(rsa.n)}};
    }
  };
  return std::visit(ToMembers{info.curve, to_string(info.family)}, key.public_members());
}

}  // namespace recant::jose
