// RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 7518 §3.3, §3.5).
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto/key_impl.hpp"
#include "crypto/openssl_handles.hpp"
#include "crypto/pem.hpp"
#include "crypto/roca.hpp"

namespace recant::crypto {
namespace {

constexpr int kMinBits = 2048;
constexpr int kMaxBits = 8192;
constexpr unsigned kDrawnBits = 3072;
constexpr unsigned long kMinExponent = 65537;

/// A context with hash and padding chosen. MGF1 uses the same hash, the salt is as long as it
/// (J29).
PkeyContextHandle ready_to(int (*init)(EVP_PKEY_CTX*), EVP_PKEY* key, const AlgorithmInfo& info) {
  PkeyContextHandle context(::EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  require(context && init(context.get()) == 1 &&
              ::EVP_PKEY_CTX_set_signature_md(context.get(), digest(info.hash)) == 1,
          "OpenSSL cannot use an RSA key");
  if (info.padding == RsaPadding::pss) {
    require(::EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
                ::EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), digest(info.hash)) == 1 &&
                ::EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1,
            "OpenSSL cannot use an RSA key for PSS");
  } else {
    require(::EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1,
            "OpenSSL cannot use an RSA key");
  }
  return context;
}

class RsaVerificationKey final : public VerificationKey::Impl {
 public:
  RsaVerificationKey(Algorithm algorithm, const RsaPublic& members, PkeyHandle key)
      : Impl(algorithm, members),
        info_(info(algorithm)),
        signature_bytes_(members.n.size()),
        key_(std::move(key)),
        ready_(ready_to(::EVP_PKEY_verify_init, key_.get(), info_)) {}

  bool verify(Bytes message, Bytes signature) const override {
    if (signature.size() != signature_bytes_) return false;  // J28
    const Digest digest = digest_of(info_.hash, message);
    const PkeyContextHandle context(::EVP_PKEY_CTX_dup(ready_.get()));
    require(context != nullptr, "out of memory");
    const bool good = ::EVP_PKEY_verify(context.get(), signature.data(), signature.size(),
                                        digest.data.data(), digest.size) == 1;
    if (!good) ::ERR_clear_error();
    return good;
  }

 private:
  const AlgorithmInfo& info_;
  const std::size_t signature_bytes_;
  const PkeyHandle key_;
  const PkeyContextHandle ready_;
};

class RsaSigningKey final : public SigningKey::Impl {
 public:
  RsaSigningKey(VerificationKey verification, PkeyHandle key)
      : Impl(std::move(verification)),
        info_(info(verification_key().algorithm())),
        key_(std::move(key)),
        ready_(ready_to(::EVP_PKEY_sign_init, key_.get(), info_)) {}

  ByteVector sign(Bytes message) const override {
    const Digest digest = digest_of(info_.hash, message);
    const PkeyContextHandle context(::EVP_PKEY_CTX_dup(ready_.get()));
    ByteVector signature(static_cast<std::size_t>(::EVP_PKEY_get_size(key_.get())));
    std::size_t size = signature.size();
    require(context && ::EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data.data(),
                                       digest.size) == 1,
            "an RSA signature failed");
    signature.resize(size);
    return signature;
  }

  SecretString export_private() const override { return write_private_pem(key_.get()); }

 private:
  const AlgorithmInfo& info_;
  const PkeyHandle key_;
  const PkeyContextHandle ready_;
};

BignumHandle to_number(const ByteVector& bytes) {
  BignumHandle number(::BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  require(number != nullptr, "out of memory");
  return number;
}

std::optional<KeyError> find_fault(const RsaPublic& members, const BIGNUM* n, const BIGNUM* e) {
  if (members.n.empty() || members.n.front() == 0)
    return KeyError::bad_modulus;  // RFC 7518 §6.3.1.1
  if (::BN_num_bits(n) < kMinBits) return KeyError::too_small;
  if (::BN_num_bits(n) > kMaxBits) return KeyError::too_large;
  if (!::BN_is_odd(n) || has_roca_fingerprint(n)) return KeyError::bad_modulus;
  if (members.e.empty() || members.e.front() == 0 || !::BN_is_odd(e) || ::BN_num_bits(e) > 64 ||
      ::BN_get_word(e) < kMinExponent) {
    return KeyError::bad_exponent;
  }
  return std::nullopt;
}

SigningResult adopt(Algorithm algorithm, PkeyHandle key) {
  const auto member = [&](const char* name) {
    BIGNUM* number = nullptr;
    require(::EVP_PKEY_get_bn_param(key.get(), name, &number) == 1, "an RSA key lacks a number");
    const BignumHandle owned(number);
    ByteVector out(static_cast<std::size_t>(BN_num_bytes(number)));
    ::BN_bn2bin(number, out.data());
    return out;
  };
  const RsaPublic members{member(OSSL_PKEY_PARAM_RSA_N), member(OSSL_PKEY_PARAM_RSA_E)};
  auto verification = make_rsa(algorithm, members);
  if (!verification) return verification.error();
  return SigningKey(std::make_shared<RsaSigningKey>(*verification, std::move(key)));
}

}  // namespace

VerificationResult make_rsa(Algorithm algorithm, const RsaPublic& members) {
  if (members.n.size() > kMaxBits / 8 + 1 || members.e.size() > kMaxBits / 8) {
    return KeyError::too_large;  // before any arithmetic
  }
  const BignumHandle n = to_number(members.n);
  const BignumHandle e = to_number(members.e);
  if (const auto fault = find_fault(members, n.get(), e.get())) return *fault;

  const auto native = [](const BIGNUM* number) {  // OSSL_PARAM wants the machine's byte order
    ByteVector out(static_cast<std::size_t>(BN_num_bytes(number)));
    require(::BN_bn2nativepad(number, out.data(), static_cast<int>(out.size())) > 0,
            "out of memory");
    return out;
  };
  ByteVector native_n = native(n.get());
  ByteVector native_e = native(e.get());
  std::array parameters = {
      ::OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, native_n.data(), native_n.size()),
      ::OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, native_e.data(), native_e.size()),
      ::OSSL_PARAM_construct_end()};
  const PkeyContextHandle builder(::EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* built = nullptr;
  require(
      builder && ::EVP_PKEY_fromdata_init(builder.get()) == 1 &&
          ::EVP_PKEY_fromdata(builder.get(), &built, EVP_PKEY_PUBLIC_KEY, parameters.data()) == 1,
      "OpenSSL does not take an RSA key");
  return VerificationKey(
      std::make_shared<RsaVerificationKey>(algorithm, members, PkeyHandle(built)));
}

SigningResult import_rsa(Algorithm algorithm, const SecretString& pem) {
  auto key = read_private_pem(pem);
  if (!key) return key.error();
  if (::EVP_PKEY_is_a(key->get(), "RSA") != 1) return KeyError::wrong_algorithm;
  return adopt(algorithm, std::move(*key));
}

SigningResult generate_rsa(Algorithm algorithm) {
  PkeyHandle key(
      ::EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(kDrawnBits)));
  require(key != nullptr, "an RSA key cannot be drawn");
  return adopt(algorithm, std::move(key));
}

}  // namespace recant::crypto
