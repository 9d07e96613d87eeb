// Ed25519 (RFC 8032, RFC 8037), through libsodium: it refuses S >= L and weak points, which
// OpenSSL 3.0 accepts (J27), and takes half the time.
#include <openssl/err.h>
#include <sodium.h>

#include "crypto/key_impl.hpp"
#include "crypto/openssl_handles.hpp"
#include "crypto/pem.hpp"
#include "crypto/sodium_ready.hpp"

namespace recant::crypto {
namespace {

constexpr std::size_t kSeedBytes = crypto_sign_ed25519_SEEDBYTES;

class OkpVerificationKey final : public VerificationKey::Impl {
 public:
  OkpVerificationKey(Algorithm algorithm, const OkpPublic& members) : Impl(algorithm, members) {
    std::copy_n(members.x.begin(), x_.size(), x_.begin());
  }

  bool verify(Bytes message, Bytes signature) const override {
    return signature.size() == crypto_sign_ed25519_BYTES &&
           ::crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(),
                                                 x_.data()) == 0;
  }

 private:
  std::array<std::uint8_t, crypto_sign_ed25519_PUBLICKEYBYTES> x_{};
};

/// The seed and the public half derived from it, wiped at the end.
class OkpSecret {
 public:
  explicit OkpSecret(Bytes seed) {
    ::crypto_sign_ed25519_seed_keypair(public_.data(), secret_.data(), seed.data());
  }
  OkpSecret(const OkpSecret&) = default;
  OkpSecret& operator=(const OkpSecret&) = delete;
  ~OkpSecret() { ::sodium_memzero(secret_.data(), secret_.size()); }

  OkpPublic members() const { return {ByteVector(public_.begin(), public_.end())}; }
  const std::uint8_t* secret() const { return secret_.data(); }
  Bytes seed() const { return Bytes(secret_).first(kSeedBytes); }

 private:
  std::array<std::uint8_t, crypto_sign_ed25519_PUBLICKEYBYTES> public_{};
  std::array<std::uint8_t, crypto_sign_ed25519_SECRETKEYBYTES> secret_{};
};

class OkpSigningKey final : public SigningKey::Impl {
 public:
  OkpSigningKey(VerificationKey verification, const OkpSecret& secret)
      : Impl(std::move(verification)), secret_(secret) {}

  ByteVector sign(Bytes message) const override {
    ByteVector signature(crypto_sign_ed25519_BYTES);
    ::crypto_sign_ed25519_detached(signature.data(), nullptr, message.data(), message.size(),
                                   secret_.secret());
    return signature;
  }

  SecretString export_private() const override {
    const Bytes seed = secret_.seed();
    const PkeyHandle key(
        ::EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.data(), seed.size()));
    require(key != nullptr, "OpenSSL does not offer Ed25519");
    return write_private_pem(key.get());
  }

 private:
  const OkpSecret secret_;
};

SigningResult adopt(Algorithm algorithm, Bytes seed) {
  const OkpSecret secret(seed);
  const auto verification = make_okp(algorithm, secret.members());
  if (!verification) return verification.error();
  return SigningKey(std::make_shared<OkpSigningKey>(*verification, secret));
}

}  // namespace

VerificationResult make_okp(Algorithm algorithm, const OkpPublic& members) {
  sodium_ready();
  if (members.x.size() != info(algorithm).coordinate_bytes) return KeyError::wrong_length;
  // Canonical, on the curve, in the prime-order subgroup and not of small order (J27, J36).
  if (::crypto_core_ed25519_is_valid_point(members.x.data()) != 1) return KeyError::weak_point;
  return VerificationKey(std::make_shared<OkpVerificationKey>(algorithm, members));
}

SigningResult import_okp(Algorithm algorithm, const SecretString& pem) {
  sodium_ready();
  const auto key = read_private_pem(pem);
  if (!key) return key.error();
  std::array<std::uint8_t, kSeedBytes> seed{};
  std::size_t size = seed.size();
  if (::EVP_PKEY_is_a(key->get(), "ED25519") != 1 ||
      ::EVP_PKEY_get_raw_private_key(key->get(), seed.data(), &size) != 1 || size != kSeedBytes) {
    ::ERR_clear_error();
    return KeyError::wrong_algorithm;
  }
  SigningResult result = adopt(algorithm, seed);
  ::sodium_memzero(seed.data(), seed.size());
  return result;
}

SigningResult generate_okp(Algorithm algorithm, RandomSource& random) {
  sodium_ready();
  auto seed = random.bytes<kSeedBytes>();
  SigningResult result = adopt(algorithm, seed);
  ::sodium_memzero(seed.data(), seed.size());
  return result;
}

}  // namespace recant::crypto
