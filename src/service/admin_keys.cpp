#include "service/admin_keys.hpp"

#include "base/base64url.hpp"
#include "crypto/digest.hpp"

namespace recant::service {

const AdminKey* AdminKeys::find(std::string_view presented) const {
  // What is compared is a hash of what was presented, so the time of the comparison tells nothing
  // about a key.
  const std::string hash = base64url_encode(crypto::sha256(presented));
  for (const AdminKey& key : keys_) {
    if (key.sha256 == hash) return &key;
  }
  return nullptr;
}

}  // namespace recant::service
