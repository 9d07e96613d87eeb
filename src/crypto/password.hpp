// Passwords as argon2id PHC strings ("$argon2id$v=19$m=19456,t=2,p=1$salt$hash", RFC 9106).
//
// A hash takes tens of milliseconds and `memory_kib` of memory on purpose: run it on a WorkerPool,
// never on an I/O thread. Thread-safe. std::bad_alloc when the memory cannot be had.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"

namespace recant::crypto {

/// OWASP's second row. Parallelism is 1: what libsodium computes.
struct PasswordOptions {
  /// 8 at least. A hash in progress holds this much.
  std::uint32_t memory_kib = 19456;
  /// 1 at least. The time is proportional.
  std::uint32_t iterations = 2;
};

/// Every byte counts, NUL and non-ASCII too; nothing is truncated or normalised.
std::string hash_password(const SecretString& password, const PasswordOptions& options,
                          RandomSource& random);

/// Also against an ImportedHash. False for a wrong password and for a `phc` that is neither.
bool verify_password(std::string_view phc, const SecretString& password);

/// True when `phc` was made with other parameters, or is no argon2id string.
bool needs_rehash(std::string_view phc, const PasswordOptions& options);

}  // namespace recant::crypto
