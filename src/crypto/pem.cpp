#include "crypto/pem.hpp"

#include <openssl/buffer.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace recant::crypto {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END PRIVATE KEY-----";

}  // namespace

Result<PkeyHandle, KeyError> read_private_pem(const SecretString& pem) {
  const std::string_view text = pem.reveal();
  const std::size_t begin = text.find(kBegin);
  if (begin == std::string_view::npos || text.find(kBegin, begin + 1) != std::string_view::npos) {
    return KeyError::malformed;
  }
  if (text.substr(begin).starts_with("-----BEGIN ENCRYPTED")) return KeyError::encrypted;
  if (!text.substr(begin).starts_with("-----BEGIN PRIVATE KEY-----") ||
      text.find(kEnd) == std::string_view::npos) {
    return KeyError::malformed;
  }
  const BioHandle bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require(bio != nullptr, "out of memory");
  // Asks nobody for a passphrase: OpenSSL's default would prompt on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  PkeyHandle key(::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  ::ERR_clear_error();
  if (!key) return KeyError::malformed;
  const PkeyContextHandle check(::EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  require(check != nullptr, "out of memory");
  const bool consistent = ::EVP_PKEY_check(check.get()) == 1;
  ::ERR_clear_error();
  if (!consistent) return KeyError::inconsistent;
  return key;
}

SecretString write_private_pem(const EVP_PKEY* key) {
  const BioHandle bio(::BIO_new(::BIO_s_mem()));
  require(bio && ::PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr,
                                                 nullptr) == 1,
          "a private key cannot be written");
  BUF_MEM* written = nullptr;
  ::BIO_get_mem_ptr(bio.get(), &written);
  return SecretString(std::string(written->data, written->length));  // the BIO wipes its own copy
}

}  // namespace recant::crypto
