#include "crypto/sealer.hpp"

#include <sodium.h>

#include <bitset>

#include "base/base64url.hpp"
#include "crypto/sodium_ready.hpp"

namespace recant::crypto {
namespace {

constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == std::tuple_size_v<Sha256Digest>);

/// 32 drawn bytes have 21 different ones or more, but for 1 in 10^6.
constexpr std::size_t kLeastDifferent = 16;
constexpr std::size_t kIdSize = 6;

const std::uint8_t* data_of(std::string_view text) { return as_bytes(text).data(); }

}  // namespace

Sealer::Sealer(Bytes secret) : key_(hmac_sha256(secret, as_bytes("recant seal: key"))) {
  sodium_ready();
  const Sha256Digest told = hmac_sha256(secret, as_bytes("recant seal: id"));
  id_ = base64url_encode(Bytes(told).first(kIdSize));
}

Sealer::~Sealer() { ::sodium_memzero(key_.data(), key_.size()); }

bool Sealer::is_good(Bytes secret) {
  std::bitset<256> seen;
  for (const std::uint8_t byte : secret) seen.set(byte);
  return secret.size() >= kLeastSecret && seen.count() >= kLeastDifferent;
}

std::string Sealer::seal(std::string_view text, std::string_view bound,
                         RandomSource& random) const {
  std::vector<std::uint8_t> out(kNonceSize + text.size() + kTagSize);
  random.fill(std::span(out).first(kNonceSize));
  ::crypto_aead_xchacha20poly1305_ietf_encrypt(out.data() + kNonceSize, nullptr, data_of(text),
                                               text.size(), data_of(bound), bound.size(), nullptr,
                                               out.data(), key_.data());
  return base64url_encode(out);
}

std::optional<SecretString> Sealer::open(std::string_view sealed, std::string_view bound) const {
  const auto bytes = base64url_decode(sealed);
  if (!bytes || bytes->size() < kNonceSize + kTagSize) return std::nullopt;
  std::string text(bytes->size() - kNonceSize - kTagSize, '\0');
  const int opened = ::crypto_aead_xchacha20poly1305_ietf_decrypt(
      reinterpret_cast<std::uint8_t*>(text.data()), nullptr, nullptr, bytes->data() + kNonceSize,
      bytes->size() - kNonceSize, data_of(bound), bound.size(), bytes->data(), key_.data());
  if (opened != 0) return std::nullopt;
  return SecretString(std::move(text));
}

}  // namespace recant::crypto
