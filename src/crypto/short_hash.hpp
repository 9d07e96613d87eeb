// A keyed hash of 64 bits (SipHash-2-4) for the places of a table that strangers' names fall into:
// without the key nobody can choose names that meet. Too short to stand for what it was made of.
//
// Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace recant::crypto {

using ShortHashKey = std::array<std::uint8_t, 16>;

std::uint64_t short_hash(const ShortHashKey& key, std::string_view text);

}  // namespace recant::crypto
