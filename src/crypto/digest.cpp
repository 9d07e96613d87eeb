#include "crypto/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <algorithm>

#include "crypto/openssl_handles.hpp"

namespace recant::crypto {
namespace {

DigestHandle fetch(Hash hash) {
  DigestHandle md(::EVP_MD_fetch(nullptr, digest_name(hash), nullptr));
  require(md != nullptr, "OpenSSL does not offer SHA-2");
  return md;
}

EVP_MAC* hmac() {
  static const MacHandle mac(::EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  require(mac != nullptr, "OpenSSL does not offer HMAC");
  return mac.get();
}

Sha256Digest first_32(const Digest& digest) {
  Sha256Digest out;
  std::copy_n(digest.data.begin(), out.size(), out.begin());
  return out;
}

}  // namespace

const char* digest_name(Hash hash) {
  return hash == Hash::sha256 ? "SHA256" : hash == Hash::sha384 ? "SHA384" : "SHA512";
}

const EVP_MD* digest(Hash hash) {
  static const DigestHandle sha256 = fetch(Hash::sha256);
  static const DigestHandle sha384 = fetch(Hash::sha384);
  static const DigestHandle sha512 = fetch(Hash::sha512);
  return (hash == Hash::sha256 ? sha256 : hash == Hash::sha384 ? sha384 : sha512).get();
}

Digest digest_of(Hash hash, Bytes message) {
  Digest out;
  require(::EVP_Digest(message.data(), message.size(), out.data.data(), &out.size, digest(hash),
                       nullptr) == 1,
          "a digest failed");
  return out;
}

MacContextHandle keyed_mac(Hash hash, Bytes key) {
  MacContextHandle context(::EVP_MAC_CTX_new(hmac()));
  const std::array parameters = {
      ::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         const_cast<char*>(digest_name(hash)), 0),
      ::OSSL_PARAM_construct_end()};
  // A null key would mean "the one set before".
  static constexpr std::uint8_t kEmpty = 0;
  require(context && ::EVP_MAC_init(context.get(), key.empty() ? &kEmpty : key.data(), key.size(),
                                    parameters.data()) == 1,
          "an HMAC key could not be set");
  return context;
}

Digest mac_of(const EVP_MAC_CTX* keyed, Bytes message) {
  const MacContextHandle context(::EVP_MAC_CTX_dup(keyed));
  Digest out;
  std::size_t size = 0;
  require(context && ::EVP_MAC_update(context.get(), message.data(), message.size()) == 1 &&
              ::EVP_MAC_final(context.get(), out.data.data(), &size, out.data.size()) == 1,
          "an HMAC failed");
  out.size = static_cast<unsigned>(size);
  return out;
}

Sha256Digest sha256(Bytes data) { return first_32(digest_of(Hash::sha256, data)); }

Sha256Digest hmac_sha256(Bytes key, Bytes data) {
  return first_32(mac_of(keyed_mac(Hash::sha256, key).get(), data));
}

bool equal_in_constant_time(Bytes a, Bytes b) {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace recant::crypto
