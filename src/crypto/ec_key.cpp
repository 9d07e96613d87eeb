// ECDSA on the NIST curves (RFC 7518 §3.4).
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

#include "crypto/key_impl.hpp"
#include "crypto/openssl_handles.hpp"
#include "crypto/pem.hpp"

namespace recant::crypto {
namespace {

const char* group_name(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::es384:
      return SN_secp384r1;
    case Algorithm::es512:
      return SN_secp521r1;
    default:
      return SN_X9_62_prime256v1;
  }
}

BignumHandle number_parameter(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  require(::EVP_PKEY_get_bn_param(key, name, &number) == 1, "an EC key lacks a parameter");
  return BignumHandle(number);
}

ByteVector fixed_length_bytes(const BIGNUM* number, std::size_t length) {
  ByteVector out(length);
  require(::BN_bn2binpad(number, out.data(), static_cast<int>(length)) >= 0,
          "a number is too long");
  return out;
}

PkeyContextHandle ready_to(int (*init)(EVP_PKEY_CTX*), EVP_PKEY* key) {
  PkeyContextHandle context(::EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  require(context && init(context.get()) == 1, "OpenSSL cannot use an EC key");
  return context;
}

/// r || s as the DER that OpenSSL reads. Nothing when r or s is not in [1, order - 1] (J25).
std::optional<ByteVector> to_der(Bytes signature, std::size_t half, const BIGNUM* order) {
  BignumHandle r(::BN_bin2bn(signature.data(), static_cast<int>(half), nullptr));
  BignumHandle s(::BN_bin2bn(signature.data() + half, static_cast<int>(half), nullptr));
  require(r && s, "out of memory");
  for (const BIGNUM* number : {r.get(), s.get()}) {
    if (::BN_is_zero(number) || ::BN_cmp(number, order) >= 0) return std::nullopt;
  }
  const EcdsaSigHandle pair(::ECDSA_SIG_new());
  require(pair && ::ECDSA_SIG_set0(pair.get(), r.release(), s.release()) == 1, "out of memory");
  ByteVector der(static_cast<std::size_t>(::i2d_ECDSA_SIG(pair.get(), nullptr)));
  unsigned char* out = der.data();
  require(::i2d_ECDSA_SIG(pair.get(), &out) > 0, "out of memory");
  return der;
}

class EcVerificationKey final : public VerificationKey::Impl {
 public:
  EcVerificationKey(Algorithm algorithm, EcPublic members, PkeyHandle key)
      : Impl(algorithm, std::move(members)),
        info_(info(algorithm)),
        order_(number_parameter(key.get(), OSSL_PKEY_PARAM_EC_ORDER)),
        key_(std::move(key)),
        ready_(ready_to(::EVP_PKEY_verify_init, key_.get())) {}

  bool verify(Bytes message, Bytes signature) const override {
    if (signature.size() != 2 * info_.coordinate_bytes) return false;  // J24
    const auto der = to_der(signature, info_.coordinate_bytes, order_.get());
    if (!der) return false;
    const Digest digest = digest_of(info_.hash, message);
    // A context serves one thread; a copy costs little beside the curve's arithmetic.
    const PkeyContextHandle context(::EVP_PKEY_CTX_dup(ready_.get()));
    require(context != nullptr, "out of memory");
    const bool good = ::EVP_PKEY_verify(context.get(), der->data(), der->size(), digest.data.data(),
                                        digest.size) == 1;
    if (!good) ::ERR_clear_error();
    return good;
  }

 private:
  const AlgorithmInfo& info_;
  const BignumHandle order_;
  const PkeyHandle key_;
  const PkeyContextHandle ready_;
};

class EcSigningKey final : public SigningKey::Impl {
 public:
  EcSigningKey(VerificationKey verification, PkeyHandle key)
      : Impl(std::move(verification)),
        info_(info(verification_key().algorithm())),
        order_(number_parameter(key.get(), OSSL_PKEY_PARAM_EC_ORDER)),
        key_(std::move(key)),
        ready_(ready_to(::EVP_PKEY_sign_init, key_.get())) {}

  ByteVector sign(Bytes message) const override {
    const Digest digest = digest_of(info_.hash, message);
    const PkeyContextHandle context(::EVP_PKEY_CTX_dup(ready_.get()));
    std::array<std::uint8_t, 160> der{};  // the longest, of P-521, takes 139
    std::size_t size = der.size();
    require(context && ::EVP_PKEY_sign(context.get(), der.data(), &size, digest.data.data(),
                                       digest.size) == 1,
            "an ECDSA signature failed");
    const unsigned char* in = der.data();
    const EcdsaSigHandle pair(::d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(size)));
    require(pair != nullptr, "out of memory");
    return to_raw(*pair);
  }

  SecretString export_private() const override { return write_private_pem(key_.get()); }

 private:
  /// s and order - s are both right (J26); which of them is written must not be left to chance.
  ByteVector to_raw(const ECDSA_SIG& pair) const {
    const BignumHandle other(::BN_new());
    require(other && ::BN_sub(other.get(), order_.get(), ::ECDSA_SIG_get0_s(&pair)) == 1,
            "out of memory");
    const BIGNUM* s = ::ECDSA_SIG_get0_s(&pair);
    ByteVector raw = fixed_length_bytes(::ECDSA_SIG_get0_r(&pair), info_.coordinate_bytes);
    const ByteVector tail =
        fixed_length_bytes(::BN_cmp(s, other.get()) > 0 ? other.get() : s, info_.coordinate_bytes);
    raw.insert(raw.end(), tail.begin(), tail.end());
    return raw;
  }

  const AlgorithmInfo& info_;
  const BignumHandle order_;
  const PkeyHandle key_;
  const PkeyContextHandle ready_;
};

SigningResult adopt(Algorithm algorithm, PkeyHandle key) {
  const std::size_t length = info(algorithm).coordinate_bytes;
  EcPublic members{
      fixed_length_bytes(number_parameter(key.get(), OSSL_PKEY_PARAM_EC_PUB_X).get(), length),
      fixed_length_bytes(number_parameter(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y).get(), length)};
  auto verification = make_ec(algorithm, members);
  if (!verification) return verification.error();
  return SigningKey(std::make_shared<EcSigningKey>(*verification, std::move(key)));
}

}  // namespace

VerificationResult make_ec(Algorithm algorithm, const EcPublic& members) {
  const std::size_t length = info(algorithm).coordinate_bytes;
  if (members.x.size() != length || members.y.size() != length) return KeyError::wrong_length;
  ByteVector point{0x04};  // uncompressed (SEC 1 §2.3.3); infinity has no such form
  point.insert(point.end(), members.x.begin(), members.x.end());
  point.insert(point.end(), members.y.begin(), members.y.end());
  const std::array parameters = {
      ::OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         const_cast<char*>(group_name(algorithm)), 0),
      ::OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      ::OSSL_PARAM_construct_end()};
  const PkeyContextHandle builder(::EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  require(builder && ::EVP_PKEY_fromdata_init(builder.get()) == 1, "OpenSSL does not offer ECDSA");
  EVP_PKEY* built = nullptr;
  const bool readable = ::EVP_PKEY_fromdata(builder.get(), &built, EVP_PKEY_PUBLIC_KEY,
                                            const_cast<OSSL_PARAM*>(parameters.data())) == 1;
  PkeyHandle key(built);
  if (!readable) {
    ::ERR_clear_error();
    return KeyError::not_on_curve;
  }
  const PkeyContextHandle check(::EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  require(check != nullptr, "out of memory");
  if (::EVP_PKEY_public_check(check.get()) != 1) {
    ::ERR_clear_error();
    return KeyError::not_on_curve;
  }
  return VerificationKey(std::make_shared<EcVerificationKey>(algorithm, members, std::move(key)));
}

SigningResult import_ec(Algorithm algorithm, const SecretString& pem) {
  auto key = read_private_pem(pem);
  if (!key) return key.error();
  std::array<char, 64> group{};
  if (::EVP_PKEY_is_a(key->get(), "EC") != 1 ||
      ::EVP_PKEY_get_group_name(key->get(), group.data(), group.size(), nullptr) != 1 ||
      std::string_view(group.data()) != group_name(algorithm)) {
    ::ERR_clear_error();
    return KeyError::wrong_algorithm;
  }
  return adopt(algorithm, std::move(*key));
}

SigningResult generate_ec(Algorithm algorithm) {
  PkeyHandle key(::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group_name(algorithm)));
  require(key != nullptr, "an EC key cannot be drawn");
  return adopt(algorithm, std::move(key));
}

}  // namespace recant::crypto
