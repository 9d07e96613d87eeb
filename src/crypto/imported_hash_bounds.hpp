// What an imported hash may cost whoever compares it: well below a second of one core, since a few
// logins at once hold all password workers that long. Each bound is what the costliest defaults of
// other systems need, and little more.
#pragma once

#include <cstddef>

namespace recant::crypto {

constexpr std::size_t kMaxMemoryBytes = std::size_t{256} * 1024 * 1024;
constexpr unsigned kMaxBcryptCost = 13;                        // most use 10 to 12
constexpr unsigned kMaxPbkdf2Iterations = 1'500'000;           // Django 6: 1,200,000
constexpr unsigned long long kMaxArgon2Work = 4ULL * 65'536;   // KiB times passes: PHP's 65536, 4
constexpr unsigned long long kMaxScryptWork = 8ULL * 131'072;  // N r p: OWASP's 2^17, 8, 1
constexpr unsigned kMaxParallelism = 16;

}  // namespace recant::crypto
