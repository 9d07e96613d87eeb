// Randomness is a parameter too, so that a test can repeat a run from its seed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace recant {

/// Thread-safe. crypto::SystemRandom is the real one, testing::SeededRandom the repeatable one.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    std::array<std::uint8_t, N> out{};
    fill(out);
    return out;
  }
};

}  // namespace recant
