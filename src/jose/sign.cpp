#include "jose/sign.hpp"

#include "base/base64url.hpp"
#include "base/json.hpp"

namespace recant::jose {

std::string sign_jws(const crypto::SigningKey& key, std::string_view kid, std::string_view typ,
                     std::string_view payload) {
  json::Object header{{"alg", to_string(key.algorithm())}};
  if (!typ.empty()) header.set("typ", typ);
  if (!kid.empty()) header.set("kid", kid);
  std::string token = base64url_encode(json::serialize(header));
  token += '.';
  token += base64url_encode(payload);
  const std::string signature = base64url_encode(key.sign(token));
  token += '.';
  token += signature;
  return token;
}

}  // namespace recant::jose
