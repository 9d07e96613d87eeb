// The operating system's randomness, through libsodium.
#pragma once

#include "base/random.hpp"

namespace recant::crypto {

/// Thread-safe, and safe after fork().
class SystemRandom final : public RandomSource {
 public:
  SystemRandom();
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace recant::crypto
