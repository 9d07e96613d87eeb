#include "jose/key_set.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "jose/members.hpp"

namespace recant::jose {
namespace {

std::string hashed(const json::Object& required) {
  return base64url_encode(crypto::sha256(json::serialize(required)));
}

}  // namespace

KeySet::KeySet() : KeySet(std::vector<NamedKey>{}) {}

KeySet::KeySet(std::vector<NamedKey> keys)
    : keys_(std::make_shared<const std::vector<NamedKey>>(std::move(keys))) {
  for (auto key = keys_->begin(); key != keys_->end(); ++key) {
    if (!key->kid.empty() && find(key->kid) != &key->key) {
      throw std::invalid_argument("two keys of a set have the kid " + key->kid);
    }
  }
}

KeySet KeySet::of_any_name(crypto::VerificationKey key) {
  KeySet set({{std::string(), std::move(key)}});
  set.any_name_ = true;
  return set;
}

const crypto::VerificationKey* KeySet::find(std::string_view kid) const {
  if (any_name_) return only();
  if (kid.empty()) return nullptr;
  const auto found = std::find_if(keys_->begin(), keys_->end(),
                                  [&](const NamedKey& named) { return named.kid == kid; });
  return found == keys_->end() ? nullptr : &found->key;
}

const crypto::VerificationKey* KeySet::only() const {
  return keys_->size() == 1 ? &keys_->front().key : nullptr;
}

std::string thumbprint(const crypto::VerificationKey& key) {
  const json::Object required = required_members(key);
  if (required.empty()) throw std::invalid_argument("an HMAC key is named by its signing key");
  return hashed(required);
}

std::string thumbprint(crypto::Bytes secret) {
  return hashed({{"k", base64url_encode(secret)}, {"kty", "oct"}});
}

std::string thumbprint(const crypto::SigningKey& key) {
  if (crypto::info(key.algorithm()).family != crypto::KeyFamily::oct) {
    return thumbprint(key.verification_key());
  }
  const SecretString secret = key.export_private();
  return thumbprint(crypto::as_bytes(secret.reveal()));
}

}  // namespace recant::jose
