// Repeatable randomness: the same seed gives the same bytes on every machine. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <span>

#include "base/random.hpp"

namespace recant::testing {

class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  void fill(std::span<std::uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    // The engine is specified by the standard to the bit; its distributions are not.
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine_() >> 56);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace recant::testing
