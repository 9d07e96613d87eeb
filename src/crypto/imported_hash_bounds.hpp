// What an imported hash may cost whoever compares it.
#pragma once

#include <cstddef>

namespace recant::crypto {

constexpr std::size_t kMaxMemoryBytes = std::size_t{256} * 1024 * 1024;
constexpr unsigned kMaxBcryptCost = 16;               // some 5 s
constexpr unsigned kMaxPbkdf2Iterations = 5'000'000;  // some 2 s
constexpr unsigned kMaxArgon2Passes = 64;
constexpr unsigned kMaxParallelism = 16;

}  // namespace recant::crypto
