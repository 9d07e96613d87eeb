#include "crypto/short_hash.hpp"

#include <sodium.h>

#include <cstring>

namespace recant::crypto {

static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<ShortHashKey>);
static_assert(crypto_shorthash_BYTES == sizeof(std::uint64_t));

std::uint64_t short_hash(const ShortHashKey& key, std::string_view text) {
  std::array<std::uint8_t, crypto_shorthash_BYTES> out{};
  crypto_shorthash(out.data(), reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                   key.data());
  std::uint64_t hash = 0;
  std::memcpy(&hash, out.data(), sizeof hash);
  return hash;
}

}  // namespace recant::crypto
