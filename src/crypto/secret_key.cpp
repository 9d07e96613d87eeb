// HMAC (RFC 7518 §3.2). The one key both makes and checks signatures and is never published.
#include <algorithm>
#include <bitset>

#include "crypto/key_impl.hpp"
#include "crypto/openssl_handles.hpp"

namespace recant::crypto {
namespace {

constexpr std::size_t kMinDifferentBytes =
    10;  // 32 random bytes have 21 or more, but for 1 in 10^6

/// Few different bytes, or one block over and over.
bool is_monotonous(Bytes secret) {
  std::bitset<256> seen;
  for (const std::uint8_t byte : secret) seen.set(byte);
  if (seen.count() < kMinDifferentBytes) return true;
  for (std::size_t period = 1; period <= secret.size() / 2; ++period) {
    if (std::equal(secret.begin() + static_cast<std::ptrdiff_t>(period), secret.end(),
                   secret.begin())) {
      return true;
    }
  }
  return false;
}

/// Something that a person typed to make it long enough (J35).
bool looks_typed(Bytes secret) {
  const bool is_text = std::all_of(secret.begin(), secret.end(),
                                   [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; });
  return is_text && is_monotonous(secret);
}

class SecretVerificationKey final : public VerificationKey::Impl {
 public:
  SecretVerificationKey(Algorithm algorithm, Bytes secret)
      : Impl(algorithm, NoPublic{}), keyed_(keyed_mac(info(algorithm).hash, secret)) {}

  bool verify(Bytes message, Bytes signature) const override {
    return equal_in_constant_time(Bytes(mac(message)), signature);  // whole, never a prefix (J30)
  }
  ByteVector mac(Bytes message) const {
    const Digest digest = mac_of(keyed_.get(), message);
    return {digest.data.begin(), digest.data.begin() + digest.size};
  }

 private:
  const MacContextHandle keyed_;
};

class SecretSigningKey final : public SigningKey::Impl {
 public:
  SecretSigningKey(std::shared_ptr<const SecretVerificationKey> key, std::string_view secret)
      : Impl(VerificationKey(key)), key_(std::move(key)), secret_(std::string(secret)) {}

  ByteVector sign(Bytes message) const override { return key_->mac(message); }
  SecretString export_private() const override {
    return SecretString(std::string(secret_.reveal()));
  }

 private:
  const std::shared_ptr<const SecretVerificationKey> key_;
  const SecretString secret_;
};

Result<std::shared_ptr<const SecretVerificationKey>, KeyError> check(Algorithm algorithm,
                                                                     Bytes secret) {
  if (secret.size() < bytes(info(algorithm).hash)) return KeyError::too_small;
  if (looks_typed(secret)) return KeyError::weak_secret;
  return std::make_shared<const SecretVerificationKey>(algorithm, secret);
}

}  // namespace

VerificationResult make_secret(Algorithm algorithm, Bytes secret) {
  auto key = check(algorithm, secret);
  if (!key) return key.error();
  return VerificationKey(std::move(*key));
}

SigningResult import_secret(Algorithm algorithm, const SecretString& secret) {
  auto key = check(algorithm, as_bytes(secret.reveal()));
  if (!key) return key.error();
  // Of a secret of our own more is asked than of another issuer's: it was drawn, or it is wrong.
  if (is_monotonous(as_bytes(secret.reveal()))) return KeyError::weak_secret;
  return SigningKey(std::make_shared<SecretSigningKey>(std::move(*key), secret.reveal()));
}

SigningResult generate_secret(Algorithm algorithm, RandomSource& random) {
  std::string drawn(std::max<std::size_t>(bytes(info(algorithm).hash), 32), '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(drawn.data()), drawn.size()});
  return import_secret(algorithm, SecretString(std::move(drawn)));
}

}  // namespace recant::crypto
