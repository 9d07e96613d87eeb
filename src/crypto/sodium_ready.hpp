// Private to crypto/: libsodium must be initialised before its first use. Thread-safe.
#pragma once

#include <sodium.h>

#include <stdexcept>

namespace recant::crypto {

inline void sodium_ready() {
  static const bool ready = ::sodium_init() >= 0;
  if (!ready)
    throw std::runtime_error("libsodium cannot be initialised (no source of randomness?)");
}

}  // namespace recant::crypto
