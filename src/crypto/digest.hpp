// Digests and MACs in one shot, and the comparison that takes the same time wherever two differ.
// Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace recant::crypto {

using Bytes = std::span<const std::uint8_t>;
using Sha256Digest = std::array<std::uint8_t, 32>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Sha256Digest sha256(Bytes data);
inline Sha256Digest sha256(std::string_view text) { return sha256(as_bytes(text)); }

/// RFC 2104. A key of any length; at least 32 bytes should be asked for by whoever draws it.
Sha256Digest hmac_sha256(Bytes key, Bytes data);

/// False at once when the lengths differ: they are no secret.
bool equal_in_constant_time(Bytes a, Bytes b);

}  // namespace recant::crypto
