// What the operator decided about people and sessions; read-only after start.
#pragma once

#include <cstddef>

#include "core/refresh_family.hpp"

namespace recant::service {

struct AccountPolicy {
  /// Off: Recant is a gateway only, and every call about accounts is not_found.
  bool enabled = true;
  /// May anyone open an account?
  bool signup = false;
  /// Passwords shorter than this are weak_password. 8 to 64 bytes; ASVS 6.2.1.
  std::size_t password_min_bytes = 8;
};

/// Longer ones are refused, never cut (ASVS 6.2.9), so that nobody can make the hash chew
/// megabytes.
constexpr std::size_t kPasswordMaxBytes = 1024;

}  // namespace recant::service
