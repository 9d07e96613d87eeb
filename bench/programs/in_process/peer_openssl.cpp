#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <stdexcept>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "in_process/peers.hpp"
#include "in_process/public_pem.hpp"

namespace recant::bench {
namespace {

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* it) const {
    free_it(it);
  }
};
using Bio = std::unique_ptr<BIO, Free<::BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<::EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<::EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<::ECDSA_SIG_free>>;

constexpr int kHalf = 32;

Bio reading(std::string_view text) {
  return Bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// RFC 7518 §3.4 gives r and s one behind the other, OpenSSL wants DER.
bool is_good(EVP_PKEY* key, std::string_view message, const std::vector<std::uint8_t>& raw) {
  if (raw.size() != std::size_t{2} * kHalf) return false;
  const Signature signature(::ECDSA_SIG_new());
  ::ECDSA_SIG_set0(signature.get(), ::BN_bin2bn(raw.data(), kHalf, nullptr),
                   ::BN_bin2bn(raw.data() + kHalf, kHalf, nullptr));
  unsigned char der[2 * kHalf + 16];
  unsigned char* end = der;
  const int size = ::i2d_ECDSA_SIG(signature.get(), &end);
  const Digest digest(::EVP_MD_CTX_new());
  return ::EVP_DigestVerifyInit(digest.get(), nullptr, ::EVP_sha256(), nullptr, key) == 1 &&
         ::EVP_DigestVerify(digest.get(), der, static_cast<std::size_t>(size),
                            reinterpret_cast<const unsigned char*>(message.data()),
                            message.size()) == 1;
}

}  // namespace

Verify openssl(const std::string& pem) {
  const std::shared_ptr<EVP_PKEY> key(
      ::PEM_read_bio_PUBKEY(reading(pem).get(), nullptr, nullptr, nullptr), ::EVP_PKEY_free);
  if (!key) throw std::runtime_error("the PEM holds no public key");
  return [key](std::string_view token) {
    const std::size_t payload = token.find('.') + 1;
    const std::size_t end = token.rfind('.');
    const auto signature = base64url_decode(token.substr(end + 1));
    if (!signature || !is_good(key.get(), token.substr(0, end), *signature)) return std::string();
    const auto text = base64url_decode_text(token.substr(payload, end - payload));
    const auto claims = json::parse(text.value_or(""));
    const std::string* const jti = claims ? claims->string("jti") : nullptr;
    return jti != nullptr ? *jti : std::string();
  };
}

std::string public_pem(std::string_view private_pem) {
  const Key key(::PEM_read_bio_PrivateKey(reading(private_pem).get(), nullptr, nullptr, nullptr));
  const Bio out(::BIO_new(::BIO_s_mem()));
  if (!key || ::PEM_write_bio_PUBKEY(out.get(), key.get()) != 1) {
    throw std::runtime_error("the PEM holds no private key");
  }
  char* text = nullptr;
  const auto size = ::BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace recant::bench
