// UUIDs (RFC 9562): user_id, sid and jti are version 7, whose first 48 bits are Unix milliseconds.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace recant {

class Uuid {
 public:
  /// Accepts the canonical form only: lower case, hyphens at their places, so that one id has one
  /// spelling in keys.
  static std::optional<Uuid> parse(std::string_view text);

  /// RFC 9562 §5.7: `at`, then 74 random bits taken from `entropy`.
  static Uuid version7(UnixMillis at, const std::array<std::uint8_t, 10>& entropy);
  static constexpr Uuid from_bytes(const std::array<std::uint8_t, 16>& bytes) {
    return Uuid{bytes};
  }

  std::string to_string() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  bool is_version7() const { return bytes_[6] >> 4 == 7 && bytes_[8] >> 6 == 2; }
  /// The instant in a version 7 UUID; without meaning for any other.
  UnixMillis time() const;

  auto operator<=>(const Uuid&) const = default;

 private:
  constexpr explicit Uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  std::array<std::uint8_t, 16> bytes_;
};

}  // namespace recant
